"""LoRA (arXiv 2106.09685): the trained low-rank change of a language model's linear layers.

A file holds `...layers.<n>.<module>.lora_A` [rank, in] and `.lora_B` [out, rank], with whatever
stands before "layers" (so peft's own files can be read too); the change of the weight is
`alpha / rank * B @ A`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from training.errors import ConversionError

if TYPE_CHECKING:
    from torch import nn

Floats = NDArray[np.float32]

_NAME = re.compile(
    r"(?:^|\.)layers\.(\d+)\.(?:\w+\.)?(\w+_proj)\.lora_([AB])(?:\.default)?(?:\.weight)?$"
)


@dataclass(frozen=True, slots=True)
class LoraFacts:
    """`rank` and `alpha` as trained: the change is scaled by alpha / rank."""

    rank: int
    alpha: float

    @property
    def scale(self) -> float:
        return self.alpha / self.rank


@dataclass(frozen=True, slots=True)
class Lora:
    """The change of each layer: (number of the block, module such as "q_proj") -> (A, B)."""

    facts: LoraFacts
    pairs: Mapping[tuple[int, str], tuple[Floats, Floats]]

    def change(self, layer: int, module: str) -> Floats | None:
        """What is added to the weight [out, in], at full precision; None where nothing is."""
        pair = self.pairs.get((layer, module))
        if pair is None:
            return None
        down, up = pair
        return (self.facts.scale * (up @ down)).astype(np.float32)


def read_lora(paths: Iterable[Path], facts: LoraFacts) -> Lora:
    """The pairs of one or several safetensors files.

    Raises ConversionError for a file that can't be read, and as `lora_of` does.
    """
    return lora_of(((path, *item) for path in paths for item in _read(path).items()), facts)


def lora_of(tensors: Iterable[tuple[Path, str, NDArray[np.generic]]], facts: LoraFacts) -> Lora:
    """The pairs of tensors that are given with the file that they come from and their name.

    Raises ConversionError for a name that is no LoRA's, half a pair, and a rank that is not the
    one said.
    """
    halves: dict[tuple[int, str], dict[str, Floats]] = {}
    for path, name, values in tensors:
        match = _NAME.search(name)
        if match is None:
            raise ConversionError(f"{path}: {name!r} is no tensor of a LoRA.")
        layer, module, letter = match.groups()
        halves.setdefault((int(layer), module), {})[letter] = values.astype(np.float32)
    for (layer, module), pair in halves.items():
        ranks = [
            pair[letter].shape[axis] for letter, axis in (("A", 0), ("B", 1)) if letter in pair
        ]
        if ranks != [facts.rank] * 2:
            raise ConversionError(
                f"The LoRA of layer {layer}, {module}, has the ranks {ranks} in its two halves and "
                f"its facts say {facts.rank}; export it again."
            )
    return Lora(facts, {key: (pair["A"], pair["B"]) for key, pair in halves.items()})


def _read(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise ConversionError(f"{path} can't be read as safetensors: {error}") from error


def check_lora(lora: Lora, shapes: Mapping[tuple[int, str], tuple[int, ...]], where: Path) -> None:
    """Every layer that the LoRA changes is there, in its shape.

    `shapes` are the weights' [out, in] by block and module. Raises ConversionError.
    """
    for (layer, module), (down, up) in sorted(lora.pairs.items()):
        shape, change = shapes.get((layer, module)), (up.shape[0], down.shape[1])
        if shape is None:
            raise ConversionError(
                f"The LoRA changes layer {layer}, {module}, and {where} has none."
            )
        if shape != change:
            raise ConversionError(
                f"{where}: layer {layer}, {module}, is {shape} and its LoRA {change}; "
                "take its own base."
            )


def merge_into(model: nn.Module, lora: Lora) -> None:
    """Add the change to a transformers Llama in place.

    Raises ConversionError where the LoRA changes a layer that the model lacks.
    """
    import torch

    left = dict(lora.pairs)
    for name, module in model.named_modules():
        match = re.search(r"layers\.(\d+)\.\w+\.(\w+_proj)$", name)
        if match is None:
            continue
        key = int(match[1]), match[2]
        change = lora.change(*key)
        if change is not None:
            del left[key]
            with torch.no_grad():
                module.weight += torch.from_numpy(change)
    if left:
        layer, module_name = min(left)
        raise ConversionError(f"The LoRA changes layer {layer}, {module_name}; the model has none.")
