"""Published weights, read lazily: names and shapes at once, numbers one tensor at a time.

A folder in transformers' form (safetensors or torch's files, whole or in shards) or a single file.
Nothing is unpickled but by torch's restricted reader (`weights_only=True`), which builds tensors
and plain containers only; files are mapped into memory, so that what is not read costs nothing.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from training.errors import ConversionError

if TYPE_CHECKING:
    from torch import Tensor

Shape = tuple[int, ...]
Values = NDArray[np.float16] | NDArray[np.float32]

# What a folder may hold, best first: the list of the shards, or the one file.
_INDICES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_WHOLE = ("model.safetensors", "pytorch_model.bin")
_TORCH = (".pth", ".pt", ".bin")
# The weights of a training's checkpoint lie under one of the first; the others are its state.
_INSIDE = ("model", "state_dict", "module")
_BESIDE = {"optimizer", "config", "scaler", "epoch"}
_MANY = 12  # names that one message lists


@dataclass(frozen=True, slots=True)
class _Entry:
    shape: Shape
    read: Callable[[], Tensor]


class Checkpoint:
    """Tensors by name. Keeps no file open and no numbers in memory."""

    def __init__(self, where: Path, entries: Mapping[str, _Entry]) -> None:
        self.where = where
        self._entries = dict(entries)

    @classmethod
    def open(cls, path: Path) -> Checkpoint:
        """A folder, or one .safetensors, .pth, .pt or .bin file.

        Raises ConversionError: nothing of the kind there, damaged, or something else than weights.
        """
        entries: dict[str, _Entry] = {}
        for file in _files(path):
            read = _safetensors if file.suffix == ".safetensors" else _torch
            for name, entry in read(file).items():
                if name in entries:
                    raise ConversionError(f"{path} holds {name} twice; copy or download it again.")
                entries[name] = entry
        return cls(path, entries)

    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def shape(self, name: str) -> Shape:
        """Of one tensor. Raises ConversionError where there is none of that name."""
        return self._entry(name).shape

    def shapes(self) -> dict[str, Shape]:
        """Name -> shape of every tensor, for `check_tensors`."""
        return {name: entry.shape for name, entry in self._entries.items()}

    def read(self, name: str) -> Values:
        """The numbers of a tensor: float16 and float32 as they are, all others as float32."""
        import torch

        tensor = self._entry(name).read()
        if tensor.dtype not in (torch.float16, torch.float32):
            tensor = tensor.float()
        values: Values = tensor.detach().numpy()
        return values

    def renamed(self, rename: Callable[[str], str | None]) -> Checkpoint:
        """The same weights under other names; those that get None are left out.

        Raises ConversionError where two get the same name.
        """
        entries: dict[str, _Entry] = {}
        for name, entry in self._entries.items():
            new = rename(name)
            if new is None:
                continue
            if new in entries:
                raise ConversionError(f"{self.where}: {name} is one more {new}; keep one of them.")
            entries[new] = entry
        return Checkpoint(self.where, entries)

    def _entry(self, name: str) -> _Entry:
        try:
            return self._entries[name]
        except KeyError:
            raise ConversionError(
                f"{self.where} has no tensor {name}; take its own file."
            ) from None


def check_tensors(found: Mapping[str, Shape], expected: Mapping[str, Shape], where: Path) -> None:
    """Nothing is missing, nothing is left over, and every shape is as expected.

    Raises ConversionError that lists by name what is not so.
    """
    faults = [
        f"{what}: {_listed(names)}"
        for what, names in (
            ("unknown", [f"{name} {found[name]}" for name in found if name not in expected]),
            ("missing", [f"{name} {expected[name]}" for name in expected if name not in found]),
            (
                "misshapen",
                [
                    f"{name} {found[name]} instead of {shape}"
                    for name, shape in expected.items()
                    if name in found and found[name] != shape
                ],
            ),
        )
        if names
    ]
    if faults:
        raise ConversionError(
            f"{where} does not hold the weights that its configuration describes; "
            f"{'; '.join(faults)}. Take files that belong together."
        )


def _listed(names: list[str]) -> str:
    more = len(names) - _MANY
    return ", ".join(names[:_MANY]) + (f" and {more} more" if more > 0 else "")


def _files(path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix != ".safetensors" and path.suffix not in _TORCH:
            raise ConversionError(
                f"{path} is of a kind that is not read here; give a .safetensors, "
                f"{', '.join(_TORCH[:-1])} or {_TORCH[-1]} file, or a folder."
            )
        return [path]
    if not path.is_dir():
        raise ConversionError(f"There is no checkpoint {path}; check the path.")
    for name in (*_INDICES[:1], *_WHOLE[:1], *_INDICES[1:], *_WHOLE[1:]):
        if (path / name).is_file():
            return _shards(path / name) if name in _INDICES else [path / name]
    raise ConversionError(
        f"{path} holds no weights ({', '.join((*_WHOLE, *_INDICES))}); give a model's folder."
    )


def _shards(index: Path) -> list[Path]:
    try:
        named = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        names = sorted(set(map(str, named)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConversionError(f"{index} is no list of shards; download it again.") from error
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise ConversionError(f"{index.parent} lacks {_listed(missing)}; download them again.")
    if outside := [name for name in names if Path(name).name != name]:
        raise ConversionError(f"{index} names files elsewhere: {_listed(outside)}.")
    return [index.parent / name for name in names]


def _safetensors(path: Path) -> dict[str, _Entry]:
    def read(name: str) -> Tensor:
        with safe_open(path, framework="pt") as file:
            tensor: Tensor = file.get_tensor(name)
        return tensor

    try:
        with safe_open(path, framework="pt") as file:
            return {
                name: _Entry(tuple(file.get_slice(name).get_shape()), partial(read, name))
                for name in file.keys()  # noqa: SIM118
            }
    except (OSError, SafetensorError) as error:
        raise ConversionError(
            f"{path} is damaged or no safetensors file ({error}); download it again."
        ) from error


def _torch(path: Path) -> dict[str, _Entry]:
    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError as error:
        raise ConversionError(
            f"{path} holds more than weights, and what it holds could run a program; it is not "
            "opened. Ask for the weights as safetensors."
        ) from error
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ConversionError(
            f"{path} can't be read as torch's zip file of weights ({reason}); download it again, "
            "or save it anew with a current torch."
        ) from error
    return {
        name: _Entry(tuple(tensor.shape), partial(_itself, tensor))
        for name, tensor in _weights(found, path).items()
    }


def _itself(tensor: Tensor) -> Tensor:
    return tensor


def _weights(found: Any, path: Path) -> dict[str, Tensor]:
    """The mapping of names to tensors in what a torch file holds."""
    import torch

    if isinstance(found, Mapping):
        inner = [key for key in _INSIDE if isinstance(found.get(key), Mapping)]
        if inner:
            _refuse(path, set(found) - {inner[0]} - _BESIDE)
            found = found[inner[0]]
        _refuse(
            path, [name for name, value in found.items() if not isinstance(value, torch.Tensor)]
        )
        return dict(found)
    raise ConversionError(f"{path} holds no weights by name; give a checkpoint of a model.")


def _refuse(path: Path, names: Iterable[object]) -> None:
    if listed := sorted(map(str, names)):
        raise ConversionError(f"{path} holds what is no tensor and not known: {_listed(listed)}.")
