"""Answers read in one go or in pieces, for tests of the dialects."""

from __future__ import annotations

from engine.grounding.codec import Dialect
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece, Piece, TextPiece


def read(dialect: Dialect, *texts: str, cut: bool = False) -> tuple[list[Piece], int]:
    """The pieces of an answer, neighbouring text joined, and how many boxes were malformed."""
    reader = dialect.reader()
    pieces = [piece for text in texts for piece in reader.feed(text)] + reader.finish(cut=cut)
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, TextPiece) and isinstance(last, TextPiece):
            joined[-1] = TextPiece(last.text + piece.text)
        else:
            joined.append(piece)
    return joined, reader.malformed


def clean(pieces: list[Piece]) -> str:
    """The text of these pieces."""
    return "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))


def found(pieces: list[Piece]) -> list[tuple[str | None, Box]]:
    """The boxes of these pieces with their phrases."""
    return [(piece.phrase, piece.box) for piece in pieces if isinstance(piece, BoxPiece)]
