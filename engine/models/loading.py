"""Weights of a bundle's parts into their modules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.overrides import TorchFunctionMode

from engine.bundle.layers import read_object
from engine.errors import BundleError

_M = TypeVar("_M", bound=nn.Module)

# Names of code, or of who has it: an attention "kernel" is downloaded and run.
_NOT_FACTS = frozenset((
    "attn_implementation", "auto_map", "custom_pipelines", "experts_implementation",
    "quantization_config", "trust_remote_code", "use_kernels",
))  # fmt: skip
_LARGEST = 1 << 20  # of any number of a config that sizes something
_COUNTS = re.compile(r"layer|depth|block|stage")  # of things that are made one by one
_MOST_LAYERS = 512


def read_config(path: Path) -> dict[str, Any]:
    """An encoder's `config.json`, without what would have transformers fetch or run code.

    Raises BundleError where it can't be read, or has a number that no encoder has.
    """
    config = {k: v for k, v in read_object(path).items() if k[:1] != "_" and k not in _NOT_FACTS}
    for key, number in _numbers("", config):
        if abs(number) > (_MOST_LAYERS if _COUNTS.search(key) else _LARGEST):
            raise BundleError(f"{path}: `{key}` can't be {number:,}; install the bundle again.")
    return config


def build(
    make: Callable[[], _M], weights: Mapping[str, torch.Tensor], prefix: str, folder: Path
) -> _M:
    """The module that `make` makes, with the weights under `prefix`; all of them and no others.

    It is made without memory first, so that a config never asks for more than the weights' file
    has. Raises BundleError where they don't fit.
    """
    sketch = check_size(make, sum(tensor.numel() for tensor in weights.values()), folder)
    shapes = {name: torch.empty_like(tensor, device="meta") for name, tensor in weights.items()}
    fill(sketch, shapes, prefix, folder)
    module = make()
    fill(module, weights, prefix, folder)
    return module


def check_size(make: Callable[[], _M], given: int, folder: Path) -> _M:
    """What `make` makes, without memory. Raises BundleError where that is far more numbers than
    are `given`.
    """
    with torch.device("meta"), _Undrawn():
        sketch = make()
    asked = sum(part.numel() for part in (*sketch.parameters(), *sketch.buffers()))
    # Weights may be shared, and tables of positions need not be in a file.
    if asked > 2 * given + _LARGEST:
        raise _misfit(sketch, folder, f"it asks for {asked:,} numbers and there are {given:,}")
    return sketch


class _Undrawn(TorchFunctionMode):
    """While open, new modules draw no random weights.

    They are read from a file anyway, and to draw them on the meta device loads torch's compiler,
    which takes 80 MB and a second.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if getattr(func, "__module__", "") == nn.init.__name__:
            return given["tensor"] if "tensor" in given else args[0]
        return func(*args, **given)


def fill(module: nn.Module, weights: Mapping[str, torch.Tensor], prefix: str, folder: Path) -> None:
    """Weights under `prefix` into the module, in float32; all of them and no others."""
    own = {k.removeprefix(prefix): v.float() for k, v in weights.items() if k.startswith(prefix)}
    try:
        module.load_state_dict(own, assign=True)  # without a copy
    except RuntimeError as error:
        raise _misfit(module, folder, str(error).splitlines()[-1].strip()) from error


def to_array(tensor: torch.Tensor) -> NDArray[np.float32]:
    """float32, in main memory, C-contiguous."""
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def _misfit(module: nn.Module, folder: Path, why: str) -> BundleError:
    kind = type(module).__name__
    return BundleError(
        f"{folder}: the weights of {kind} don't fit its config ({why.rstrip('.')}); "
        "install the bundle again."
    )


def _numbers(key: str, value: object) -> Iterator[tuple[str, int]]:
    """Every whole number of a config, with the names that lead to it."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _numbers(f"{key}.{name}".lstrip("."), item)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(key, item)
    elif isinstance(value, int):
        yield key, value
