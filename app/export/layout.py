"""How boxes are drawn into a picture of any size: one layout for pixels and for SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from app.canvas.labels import place_labels
from app.palette import BOX_COLOURS
from app.shown import ShownBox, rect_of

# Of the picture's longer side: what a label is in a window that the picture just fills.
TEXT_SHARE = 1 / 52
LEAST_TEXT = 10
FAMILY = "DejaVu Sans"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One box with its label, in pixels of the picture. `colour` is a `#rrggbb` string."""

    rect: QRectF
    label: str
    label_rect: QRectF
    colour: str
    broken: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """All of them, and the sizes they share, in pixels of the picture."""

    boxes: tuple[Drawn, ...]
    font: QFont
    line: float
    corner: float


def lay_out(boxes: Sequence[ShownBox], size: QSizeF) -> Layout:
    """Where everything goes on a picture of that size; labels avoid each other and stay inside."""
    text = max(LEAST_TEXT, max(size.width(), size.height()) * TEXT_SHARE)
    font = QFont(FAMILY)
    font.setPixelSize(round(text))
    font.setBold(True)
    metrics = QFontMetricsF(font)
    longest = size.width() - 2 * text
    labels = [metrics.elidedText(box.label, Qt.TextElideMode.ElideRight, longest) for box in boxes]
    padding = QSizeF(text * 0.9, text * 0.4)
    sizes = [QSizeF(metrics.horizontalAdvance(t), metrics.height()) + padding for t in labels]
    rects = [rect_of(box.box, size) for box in boxes]
    places = place_labels(rects, sizes, QRectF(0, 0, size.width(), size.height()))
    drawn = tuple(
        Drawn(
            rect=rect,
            label=label,
            label_rect=place if label else QRectF(),
            colour=BOX_COLOURS[box.colour % len(BOX_COLOURS)],
            broken=box.colour >= len(BOX_COLOURS),
        )
        for box, rect, label, place in zip(boxes, rects, labels, places, strict=True)
    )
    return Layout(drawn, font, line=text * 0.19, corner=text * 0.35)
