"""A box as the window shows it: the value that goes from an answer to the picture and to a file."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSizeF

from engine.grounding.geometry import Box


@dataclass(frozen=True, slots=True)
class ShownBox:
    """Where it is, what its label says, its colour number and the phrase (mark) it belongs to."""

    box: Box
    label: str
    colour: int
    mark: int


def rect_of(box: Box, size: QSizeF) -> QRectF:
    """The box in pixels of a picture of that size."""
    return QRectF(
        box.x1 * size.width(),
        box.y1 * size.height(),
        (box.x2 - box.x1) * size.width(),
        (box.y2 - box.y1) * size.height(),
    )
