"""The pieces in a SentencePiece model (`tokenizer.model`), read without its library.

The file is one protocol buffer (sentencepiece_model.proto of google/sentencepiece): field 1,
repeated, is a piece, which has its text (1), its score (2) and its kind (3, NORMAL if left out).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from training.errors import ConversionError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_PIECES = 1
_TEXT, _SCORE, _KIND = 1, 2, 3


class Kind(IntEnum):
    """What a piece is, by the format's numbers, which llama.cpp has taken over."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A token: its text, with "▁" for a space, and how early it is merged."""

    text: str
    score: float
    kind: Kind


def read_pieces(path: Path) -> list[Piece]:
    """All pieces in the order of their ids. Raises ConversionError where the file is no model."""
    try:
        content = path.read_bytes()
        pieces = [
            _piece(value)
            for field, value in _fields(content)
            if field == _PIECES and isinstance(value, bytes)
        ]
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise ConversionError(
            f"{path} can't be read as a SentencePiece model ({error}); download it again."
        ) from error
    if not pieces:
        raise ConversionError(f"{path} holds no tokens; download it again.")
    return pieces


def _piece(content: bytes) -> Piece:
    text, score, kind = "", 0.0, Kind.NORMAL
    for field, value in _fields(content):
        if field == _TEXT and isinstance(value, bytes):
            text = value.decode("utf-8")
        elif field == _SCORE and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif field == _KIND and isinstance(value, int):
            kind = Kind(value)
    return Piece(text, score, kind)


def _fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field: whole numbers as such, all else as its bytes."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        wire = key & 7
        if wire == _VARINT:
            number, at = _varint(content, at)
            yield key >> 3, number
            continue
        if wire == _BYTES:
            length, at = _varint(content, at)
        elif wire in (_FIXED32, _FIXED64):
            length = 4 if wire == _FIXED32 else 8
        else:
            raise ValueError(f"a field of the unknown kind {wire}")
        if length > len(content) - at:
            raise ValueError("it is cut short")
        yield key >> 3, content[at : at + length]
        at += length


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and where the next thing starts."""
    number = 0
    for shift in range(0, 70, 7):
        byte = content[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
    raise ValueError("a number without an end")
