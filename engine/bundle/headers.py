"""What the headers of weight files say; the weights themselves are not read.

GGUF: the format's specification in ggml's docs/gguf.md. safetensors: by its own library.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from engine.errors import BundleError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
# struct codes of the types that have a fixed size, by their number in the format.
_SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """Facts of a language model: `context` and `vocabulary` in tokens, 0 where it does not say."""

    architecture: str
    n_embd: int
    context: int
    vocabulary: int


def read_gguf_header(path: Path) -> GgufHeader:
    """The header of a language model's GGUF file.

    Raises BundleError: not a GGUF, of a version that is not known, or cut off in its header.
    """
    try:
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            return _Cursor(content).language_model()
    except (OSError, struct.error, ValueError, KeyError) as error:
        # A file that is empty can't be mapped: ValueError.
        raise BundleError(
            f"{path} is damaged or no GGUF file: its header can't be read ({error}); "
            "install the bundle again."
        ) from error


class _Cursor:
    """Walks through the key-value part of a GGUF file; only what is asked for is decoded."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = 0

    def language_model(self) -> GgufHeader:
        magic, version, _, count = self._numbers("4sIQQ")
        if magic != _MAGIC:
            raise ValueError(f"it starts with {magic!r}")
        if version not in _VERSIONS:
            raise ValueError(f"version {version} is not known")
        found: dict[str, int | str] = {}
        for _ in range(count):
            key = self._string()
            value = self._value()
            if value is not None:
                found[key] = value
        name = str(found["general.architecture"])
        return GgufHeader(
            architecture=name,
            n_embd=int(found.get(f"{name}.embedding_length", 0)),
            context=int(found.get(f"{name}.context_length", 0)),
            vocabulary=int(found.get("tokenizer.ggml.tokens", 0)),
        )

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
