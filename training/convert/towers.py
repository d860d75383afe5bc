"""Weights of an encoder, projector or adaptor: which there must be, and in half precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.convert.checkpoint import Checkpoint, Shape
from training.errors import ConversionError

if TYPE_CHECKING:
    from torch import nn


def shapes_of(build: Callable[[], nn.Module], prefix: str = "") -> dict[str, Shape]:
    """Name -> shape of the weights of what is built, with no memory taken for them."""
    import torch

    with torch.device("meta"):
        module = build()
    return {f"{prefix}{name}": tuple(value.shape) for name, value in module.state_dict().items()}


def half(weights: Checkpoint, names: Iterable[str]) -> dict[str, NDArray[np.float16]]:
    """These tensors as float16. Raises ConversionError for a number that float16 can't hold."""
    found = {}
    for name in names:
        with np.errstate(over="ignore"):
            values = np.ascontiguousarray(weights.read(name).astype(np.float16))
        if not np.isfinite(values).all():
            raise ConversionError(
                f"{weights.where}: {name} has numbers that half precision can't hold, or none at "
                "all; these weights are damaged."
            )
        found[name] = values
    return found
