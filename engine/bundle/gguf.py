"""The header of a GGUF file, read as something that a stranger wrote.

The format is that of ggml's docs/gguf.md and gguf.cpp. Everything that llama.cpp would rely on is
checked here: nothing is as long as it says before the file was seen to be that long, and no file
makes this take more than a moment.
"""

from __future__ import annotations

import errno
import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

from engine.errors import BundleError, no_memory_for
from engine.files import open_plain

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
UINT32, FLOAT32, BOOL = 4, 6, 7
_STRING, _ARRAY = 8, 9
_ALIGNMENT_KEY, _ALIGNMENT = "general.alignment", 32
_DIMENSIONS = 4
# struct codes of the types that have a fixed size, by their number in the format.
_SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
# ggml's types: how many numbers are one block, and how many bytes that has (ggml-common.h).
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18), 42: (64, 18),
}  # fmt: skip

# The largest that were published: some hundred keys, 60,000 tensors, 600,000 merges, 20 MB of text.
_MOST_KEYS, _MOST_TENSORS, _MOST_TEXTS = 1 << 12, 1 << 17, 1 << 22
_LONGEST_NAME, _LONGEST_TEXT, _LONGEST_HEADER = (1 << 16) - 1, 1 << 26, 1 << 29
_LONGEST_TENSOR_NAME = 63
_WIDEST_ALIGNMENT = 1 << 20
_LARGEST = 1 << 62  # numbers of a tensor, and bytes


class Length(int):
    """How many items an array has, in place of them."""


Value = str | int | float
"""Of an array its `Length`; a flag is an int as well."""


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """Where a tensor lies: `kind` is ggml's number of its type, `shape` as numpy has it.

    `offset` is in bytes from the start of the file.
    """

    kind: int
    shape: tuple[int, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Gguf:
    """A header that is sound.

    `kinds` are the format's numbers of the keys' types; `places` are where their values begin in
    the file.
    """

    keys: dict[str, Value]
    kinds: dict[str, int]
    places: dict[str, int]
    tensors: dict[str, GgufTensor]


def read_gguf(path: Path) -> Gguf:
    """The header of a GGUF file; its tensors are all there.

    Raises BundleError: not a GGUF, of a version that is not known, cut off, or made to do harm;
    ResourceError where memory runs out.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise damaged(path, str(error.strerror)) from error
    return _remembered(path, (status.st_size, status.st_mtime_ns, status.st_ctime_ns))


def read_texts(path: Path, name: str) -> list[bytes]:
    """The array of texts of that name; empty where there is none. Raises BundleError."""
    place = read_gguf(path).places.get(name)
    if place is None:
        return []
    with _opened(path) as cursor:
        return cursor.texts(place)


def damaged(path: Path, why: str) -> BundleError:
    """That the header of this file is not to be trusted, and why, in half a sentence."""
    return BundleError(
        f"{path} is damaged or no GGUF file: its header can't be read ({why}); "
        "install the bundle again."
    )


@lru_cache(maxsize=8)
def _remembered(path: Path, _stamp: tuple[int, ...]) -> Gguf:
    """Read once, since several checks ask for it."""
    with _opened(path) as cursor:
        return cursor.header()


@contextmanager
def _opened(path: Path) -> Iterator[_Cursor]:
    try:
        with open_plain(path) as file:
            size = file.seek(0, 2)
            if not size:
                raise ValueError("the file is empty")
            seen = min(size, _LONGEST_HEADER)
            with mmap.mmap(file.fileno(), seen, access=mmap.ACCESS_READ) as content:
                yield _Cursor(content, size)
    except (OSError, struct.error, ValueError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            raise no_memory_for(path) from error
        raise damaged(path, str(error)) from error


class _Cursor:
    """Walks through the header once; what is not asked for is passed over."""

    def __init__(self, content: mmap.mmap, size: int) -> None:
        self._content = content
        self._size = size
        self._at = 0
        self._texts = 0

    def header(self) -> Gguf:
        magic, version, tensors, keys = self._numbers("4sIQQ")
        if magic != _MAGIC:
            raise ValueError(f"it starts with {magic!r}")
        if version not in _VERSIONS:
            raise ValueError(f"version {version} is not known")
        _limit("keys", keys, _MOST_KEYS)
        _limit("tensors", tensors, _MOST_TENSORS)
        found = Gguf({}, {}, {}, {})
        for _ in range(keys):
            name = self._name(_LONGEST_NAME, found.keys)
            found.places[name] = self._at
            (found.kinds[name],) = self._numbers("I")
            found.keys[name] = self._value(found.kinds[name])
        found.tensors.update(self._tensors(tensors, _alignment(found)))
        return found

    def texts(self, place: int) -> list[bytes]:
        self._at = place
        kind, inner, count = self._numbers("IIQ")
        if (kind, inner) != (_ARRAY, _STRING):
            return []
        return [self._text() for _ in range(count)]

    def _tensors(self, count: int, step: int) -> dict[str, GgufTensor]:
        """All tensors, which follow each other without a gap and end within the file."""
        listed: dict[str, tuple[int, tuple[int, ...], int]] = {}
        end = last = 0
        for _ in range(count):
            name = self._name(_LONGEST_TENSOR_NAME, listed)
            (dimensions,) = self._numbers("I")
            _limit(f"dimensions of {name!r}", dimensions, _DIMENSIONS)
            shape = self._numbers(f"{dimensions}Q")
            kind, offset = self._numbers("IQ")
            if offset != end:
                raise ValueError(f"{name!r} does not begin where the one before it ends")
            size = _size(name, kind, shape)
            listed[name] = (kind, shape, offset)
            end = _up(offset + size, step)
            last = offset + size
        start = _up(self._at, step)
        if listed and start + last > self._size:
            raise ValueError(f"the file ends before {name!r} does")
        return {
            name: GgufTensor(kind, tuple(reversed(shape)), start + offset)
            for name, (kind, shape, offset) in listed.items()
        }

    def _numbers(self, codes: str) -> tuple[Any, ...]:
        numbers = struct.unpack_from(f"<{codes}", self._content, self._at)
        self._at += struct.calcsize(f"<{codes}")
        return numbers

    def _name(self, longest: int, known: dict[str, Any]) -> str:
        content = self._text()
        _limit("bytes of a name", len(content), longest)
        name = content.decode("utf-8", "replace")
        if not name or name in known:
            raise ValueError(f"{name[:60]!r} is there twice" if name else "a name is empty")
        return name

    def _text(self) -> bytes:
        (length,) = self._numbers("Q")
        _limit("bytes of a text", length, _LONGEST_TEXT)
        start = self._skip(length)
        return self._content[start : self._at]

    def _skip(self, length: int) -> int:
        """Move on by `length` bytes that must be there; where they start."""
        start = self._at
        if length > len(self._content) - start:
            raise ValueError("the file ends here")
        self._at += length
        return start

    def _value(self, kind: int) -> Value:
        if kind == _STRING:
            return self._text().decode("utf-8", "replace")
        if kind == _ARRAY:
            return self._array()
        number: int | float = self._numbers(_code(kind))[0]
        return number

    def _array(self) -> Length:
        inner, count = self._numbers("IQ")
        if inner == _STRING:
            self._texts += count
            _limit("texts", self._texts, _MOST_TEXTS)
            self._pass_over(count)
        else:
            self._skip(count * struct.calcsize(f"<{_code(inner)}"))
        return Length(count)

    def _pass_over(self, count: int) -> None:
        length = struct.Struct("<Q").unpack_from
        content, at, end = self._content, self._at, len(self._content)
        for _ in range(count):
            at += 8 + length(content, at)[0]
            if at > end:
                raise ValueError("the file ends here")
        self._at = at


def _alignment(found: Gguf) -> int:
    step = found.keys.get(_ALIGNMENT_KEY, _ALIGNMENT)
    if found.kinds.get(_ALIGNMENT_KEY, UINT32) != UINT32 or not isinstance(step, int):
        raise ValueError("the alignment is no number")
    if not 0 < step <= _WIDEST_ALIGNMENT or step & (step - 1):
        raise ValueError(f"an alignment of {step} is none")
    return step


def _code(kind: int) -> str:
    code = _SCALARS.get(kind)
    if code is None:
        raise ValueError(f"a value has the type {kind}, which is none")
    return code


def _size(name: str, kind: int, shape: tuple[int, ...]) -> int:
    """Bytes of a tensor; `shape` as in the file, the length of a row first."""
    if kind not in _BLOCKS:
        raise ValueError(f"{name!r} has the type {kind}, which is not known")
    block, size = _BLOCKS[kind]
    row = shape[0] if shape else 1
    if row % block:
        raise ValueError(f"{name!r} has rows of {row} numbers, which are no whole blocks")
    # As ggml counts, where a dimension of 0 must not hide how large the others are.
    if prod(max(1, dimension) for dimension in shape) > _LARGEST // size:
        raise ValueError(f"{name!r} is larger than any memory")
    return prod(shape) // block * size


def _limit(what: str, count: int, most: int) -> None:
    if count > most:
        raise ValueError(f"{count:,} {what} are more than any model has")


def _up(number: int, step: int) -> int:
    return -(-number // step) * step
