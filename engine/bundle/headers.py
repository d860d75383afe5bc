"""What the headers of weight files say; the weights themselves are not read.

GGUF: the format's specification in ggml's docs/gguf.md. safetensors: by its own library.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError, safe_open

from engine.errors import BundleError

_T = TypeVar("_T")

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_CACHED = 2  # bytes of a number in the cache
_ALIGNMENT = 32  # of the tensors' bytes, where the file does not say
# struct codes of the types that have a fixed size, by their number in the format.
_SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """Facts of a language model: `context` and `vocabulary` in tokens, 0 where it does not say.

    `cache_bytes_per_token` is what keys and values of one place of the context take over all
    layers, in float16; where layers differ in it, the most that it can be.
    """

    architecture: str
    n_embd: int
    context: int
    vocabulary: int
    cache_bytes_per_token: int = 0


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """Where a tensor lies: `kind` is ggml's number of its type, `shape` as numpy has it.

    `offset` is in bytes from the start of the file.
    """

    kind: int
    shape: tuple[int, ...]
    offset: int


def read_gguf_header(path: Path) -> GgufHeader:
    """The header of a language model's GGUF file.

    Raises BundleError: not a GGUF, of a version that is not known, or cut off in its header.
    """
    return _read(path, _Cursor.language_model)


def read_gguf_tensor(path: Path, name: str) -> GgufTensor | None:
    """Where the tensor of that name lies; None where the file has none. Raises BundleError."""
    return _read(path, lambda cursor: cursor.tensor(name))


def read_gguf_facts(path: Path) -> dict[str, int | str]:
    """What a GGUF says about itself: texts, whole numbers, flags as 0 or 1, arrays as lengths.

    Raises BundleError.
    """
    return _read(path, _Cursor.facts)


def read_gguf_texts(path: Path, name: str) -> tuple[str, ...]:
    """The array of texts of that name; empty where there is none. Raises BundleError."""
    return _read(path, lambda cursor: cursor.texts(name))


def _read(path: Path, wanted: Callable[[_Cursor], _T]) -> _T:
    try:
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            return wanted(_Cursor(content))
    except (OSError, struct.error, ValueError, KeyError) as error:
        # A file that is empty can't be mapped: ValueError.
        raise BundleError(
            f"{path} is damaged or no GGUF file: its header can't be read ({error}); "
            "install the bundle again."
        ) from error


class _Cursor:
    """Walks through the header of a GGUF file; only what is asked for is decoded."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = 0
        self._places: dict[str, int] = {}

    def language_model(self) -> GgufHeader:
        found, _ = self._keys()
        name = str(found["general.architecture"])
        return GgufHeader(
            architecture=name,
            n_embd=int(found.get(f"{name}.embedding_length", 0)),
            context=int(found.get(f"{name}.context_length", 0)),
            vocabulary=int(found.get("tokenizer.ggml.tokens", 0)),
            cache_bytes_per_token=_cache_bytes(name, found),
        )

    def tensor(self, name: str) -> GgufTensor | None:
        found, count = self._keys()
        place: GgufTensor | None = None
        for _ in range(count):
            this = self._string()
            (dimensions,) = self._numbers("I")
            shape = self._numbers(f"{dimensions}Q")
            kind, offset = self._numbers("IQ")
            if this == name:
                place = GgufTensor(kind, tuple(reversed(shape)), offset)
        if place is None:
            return None
        step = int(found.get("general.alignment", _ALIGNMENT))
        return replace(place, offset=place.offset + -(-self._at // step) * step)

    def facts(self) -> dict[str, int | str]:
        return self._keys()[0]

    def texts(self, name: str) -> tuple[str, ...]:
        self._keys()
        if name not in self._places:
            return ()
        self._at = self._places[name]
        kind, inner, count = self._numbers("IIQ")
        if (kind, inner) != (_ARRAY, _STRING):
            return ()
        return tuple(self._string() for _ in range(count))

    def _keys(self) -> tuple[dict[str, int | str], int]:
        """The key-value part, arrays as their lengths; and how many tensors there are."""
        magic, version, tensors, count = self._numbers("4sIQQ")
        if magic != _MAGIC:
            raise ValueError(f"it starts with {magic!r}")
        if version not in _VERSIONS:
            raise ValueError(f"version {version} is not known")
        found: dict[str, int | str] = {}
        for _ in range(count):
            key = self._string()
            self._places[key] = self._at
            value = self._value()
            if value is not None:
                found[key] = value
        return found, tensors

    def _numbers(self, codes: str) -> tuple[Any, ...]:
        numbers = struct.unpack_from(f"<{codes}", self._content, self._at)
        self._at += struct.calcsize(f"<{codes}")
        return numbers

    def _string(self) -> str:
        (length,) = self._numbers("Q")
        start = self._skip(length)
        return self._content[start : self._at].decode("utf-8", "replace")

    def _skip(self, length: int) -> int:
        """Move on by `length` bytes that must be there; where they start."""
        start = self._at
        if length > len(self._content) - start:
            raise ValueError("the file ends here")
        self._at += length
        return start

    def _value(self) -> int | str | None:
        """A string, a whole number, the length of an array; None for anything else."""
        (kind,) = self._numbers("I")
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            inner, length = self._numbers("IQ")
            count = int(length)
            if inner == _STRING:
                for _ in range(count):
                    (length,) = self._numbers("Q")
                    self._skip(length)
            else:
                self._skip(count * struct.calcsize(f"<{_SCALARS[inner]}"))
            return count
        (number,) = self._numbers(_SCALARS[kind])
        return number if isinstance(number, int) else None


def _cache_bytes(name: str, found: dict[str, int | str]) -> int:
    heads = max(1, int(found.get(f"{name}.attention.head_count", 1)))
    width = int(found.get(f"{name}.embedding_length", 0)) // heads
    key = int(found.get(f"{name}.attention.key_length", width))
    value = int(found.get(f"{name}.attention.value_length", width))
    # A number for each layer is known by its length alone, which is no number of heads.
    shared = min(heads, int(found.get(f"{name}.attention.head_count_kv", heads)))
    return _CACHED * shared * (key + value) * int(found.get(f"{name}.block_count", 0))


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every tensor in a safetensors file. Raises BundleError where it is none."""
    try:
        with safe_open(path, framework="numpy") as file:
            names = file.keys()
            return {name: tuple(file.get_slice(name).get_shape()) for name in names}
    except (SafetensorError, OSError) as error:
        raise BundleError(
            f"{path} is damaged or no safetensors file ({error}); install the bundle again."
        ) from error
