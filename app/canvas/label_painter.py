"""Draws the labels of boxes in pixels of the screen, over everything, at any zoom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsView

from app.canvas.boxes import BoxItem, Light
from app.canvas.labels import place_labels
from app.palette import LABEL_COLOUR
from app.theme import box_colour

PADDING = QSizeF(14, 6)
LONGEST = 220


class LabelPainter:
    """Remembers where the labels are, so that a hover looks for no new places and one more
    box only for its own."""

    def __init__(self) -> None:
        self._asked: list[tuple[QRectF, QSizeF]] = []
        self._bounds = QRectF()
        self._places: list[QRectF] = []

    def paint(self, painter: QPainter, view: QGraphicsView, items: Sequence[BoxItem]) -> None:
        """Draw the labels of these boxes; a lit one comes last, on top."""
        labelled = [item for item in items if item.shown.label]
        if not labelled:
            return
        font = QFont(view.font())
        font.setBold(True)
        metrics = QFontMetricsF(font)
        texts = [
            metrics.elidedText(item.shown.label, Qt.TextElideMode.ElideRight, LONGEST)
            for item in labelled
        ]
        boxes = [view.mapFromScene(item.rect).boundingRect().toRectF() for item in labelled]
        bounds = QRectF(view.viewport().rect()).adjusted(4, 4, -4, -4)
        sizes = [QSizeF(metrics.horizontalAdvance(t), metrics.height()) + PADDING for t in texts]
        places = self._placed(boxes, sizes, bounds)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        for i in sorted(range(len(labelled)), key=lambda i: labelled[i].light is Light.LIT):
            painter.setOpacity(0.45 if labelled[i].light is Light.DIM else 1.0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(box_colour(labelled[i].shown.colour))
            painter.drawRoundedRect(places[i], 5, 5)
            painter.setPen(QColor(LABEL_COLOUR))
            painter.drawText(places[i], Qt.AlignmentFlag.AlignCenter, texts[i])
        painter.restore()

    def _placed(self, boxes: list[QRectF], sizes: list[QSizeF], bounds: QRectF) -> list[QRectF]:
        asked = list(zip(boxes, sizes, strict=True))
        same = bounds == self._bounds and asked[: len(self._asked)] == self._asked
        known = self._places if same else []
        if len(known) < len(asked):
            known = place_labels(boxes, sizes, bounds, known=known)
        self._asked, self._bounds, self._places = asked, bounds, known
        return known
