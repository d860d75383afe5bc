"""Weights on their way into a file: which there must be, one at a time, in half precision."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.convert.checkpoint import Checkpoint, Shape, Values
from training.errors import ConversionError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class Planned:
    """A tensor of a coming file; `values` computes it when its turn comes, and not before."""

    name: str
    shape: Shape
    values: Callable[[], Values]

    def as_kind(self, kind: np.dtype[Any], where: Path) -> NDArray[Any]:
        """The numbers in a type that they fit into. Raises ConversionError where they don't."""
        with np.errstate(over="ignore"):
            values = self.values().astype(kind, copy=False)
        if not np.isfinite(values).all():
            raise ConversionError(
                f"{where}: {self.name} has numbers that half precision can't hold, or none at all; "
                "these weights are damaged or need another format."
            )
        return np.ascontiguousarray(values)


def planned(weights: Checkpoint) -> list[Planned]:
    """Every tensor of a checkpoint as it is."""
    return [
        Planned(name, weights.shape(name), partial(weights.read, name)) for name in weights.names()
    ]


def write_half(weights: Checkpoint, names: Collection[str], target: Path) -> None:
    """These tensors of a checkpoint as a safetensors file. Raises ConversionError."""
    chosen = [tensor for tensor in planned(weights) if tensor.name in names]
    write_safetensors(chosen, target, weights.where)


def shapes_of(build: Callable[[], nn.Module], prefix: str = "") -> dict[str, Shape]:
    """Name -> shape of the weights of what is built, with no memory taken for them."""
    import torch

    with torch.device("meta"):
        module = build()
    return {f"{prefix}{name}": tuple(value.shape) for name, value in module.state_dict().items()}


def write_safetensors(tensors: Sequence[Planned], target: Path, where: Path) -> None:
    """A safetensors file of float16: its header's length and header, then the numbers in order.

    The format: safetensors' README. `where` is what the tensors come from. Raises ConversionError
    for numbers that don't fit.
    """
    half = np.dtype("<f2")
    header: dict[str, Any] = {}
    at = 0
    for tensor in tensors:
        end = at + int(np.prod(tensor.shape)) * half.itemsize
        facts = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [at, end]}
        header[tensor.name], at = facts, end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with target.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors:
            file.write(tensor.as_kind(half, where).data)
