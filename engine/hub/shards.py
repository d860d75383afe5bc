"""A GGUF that came in several files made one, as a bundle has it.

The parts are those of llama.cpp's gguf-split: each a GGUF with its own tensors, the first with all
facts of the model besides (`split.*` says which part it is). Format: ggml's docs/gguf.md.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.bundle.gguf import read_gguf
from engine.errors import BundleError

_MAGIC = b"GGUF"
_HEAD = struct.Struct("<4sIQQ")  # magic, version, tensors, facts
_STRING, _ARRAY = 8, 9
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_ALIGNMENT = "general.alignment"
_LONGEST = 1 << 26  # bytes of one string; the vocabulary's are far shorter


def join(parts: Sequence[Path]) -> Path:
    """One file of all of them, beside the first, in their order; a single one is left as it is.

    Raises BundleError where a part is no GGUF, or not laid out as the first.
    """
    if len(parts) == 1:
        return parts[0]
    target = parts[0].with_name("joined.gguf")
    shards = [_read(path) for path in parts]
    # A fact begins with the length of its name, in eight bytes.
    facts = [fact for fact in shards[0].facts if not fact.startswith(b"split.", 8)]
    alignment = shards[0].alignment
    if any(shard.alignment != alignment for shard in shards):
        raise BundleError(
            f"{parts[0]} and its other parts are laid out differently; choose a file in one part."
        )
    base, infos = 0, []
    for shard in shards:
        infos += [info + struct.pack("<Q", base + offset) for info, offset in shard.tensors]
        base += _up(shard.path.stat().st_size - shard.data, alignment)
    head = _HEAD.pack(_MAGIC, shards[0].version, len(infos), len(facts))
    head += b"".join(facts) + b"".join(infos)
    with target.open("wb") as out:
        out.write(head.ljust(_up(len(head), alignment), b"\0"))
        for shard in shards:
            with shard.path.open("rb") as content:
                content.seek(shard.data)
                shutil.copyfileobj(content, out, 1 << 20)
            out.write(b"\0" * (-out.tell() % alignment))
    return target


@dataclass(frozen=True, slots=True)
class _Shard:
    """A part: its facts as they stand there, its tensors' descriptions and offsets in `data`."""

    path: Path
    version: int
    facts: list[bytes]
    tensors: list[tuple[bytes, int]]
    alignment: int
    data: int


def _read(path: Path) -> _Shard:
    read_gguf(path)  # refuses what a stranger made to take long, or all memory
    try:
        with path.open("rb") as file:
            return _Reader(file).shard(path)
    except (struct.error, KeyError, ValueError) as error:
        raise BundleError(f"{path} is damaged or no part of a GGUF; install it again.") from error


class _Reader:
    """Walks over a header and keeps what it passes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._passed = bytearray()

    def shard(self, path: Path) -> _Shard:
        magic, version, n_tensors, n_facts = _HEAD.unpack(self._file.read(_HEAD.size))
        if magic != _MAGIC:
            raise ValueError("not a GGUF")
        alignment, facts = 32, []
        for _ in range(n_facts):
            self._passed.clear()
            name = self._string()
            value = self._value(self._number("I"))
            if name == _ALIGNMENT.encode():
                alignment = int.from_bytes(value, "little")
            facts.append(bytes(self._passed))
        tensors = [self._tensor() for _ in range(n_tensors)]
        data = _up(self._file.tell(), alignment)
        return _Shard(path, version, facts, tensors, alignment, data)

    def _tensor(self) -> tuple[bytes, int]:
        self._passed.clear()
        self._string()
        self._take(8 * self._number("I"))
        self._number("I")
        described = bytes(self._passed)
        return described, self._number("Q")

    def _value(self, kind: int) -> bytes:
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            return self._take(_WIDTHS[kind])
        inner, length = self._number("I"), self._number("Q")
        if inner != _STRING:
            return self._take(_WIDTHS[inner] * length)
        for _ in range(length):
            self._string()
        return b""

    def _string(self) -> bytes:
        return self._take(self._number("Q"))

    def _number(self, code: str) -> int:
        (number,) = struct.unpack(f"<{code}", self._take(struct.calcsize(f"<{code}")))
        return int(number)

    def _take(self, length: int) -> bytes:
        if length > _LONGEST:
            raise ValueError("no such length")
        taken = self._file.read(length)
        if len(taken) < length:
            raise ValueError("the file ends here")
        self._passed += taken
        return taken


def _up(size: int, alignment: int) -> int:
    return size + -size % alignment
