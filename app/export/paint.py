"""A picture with its boxes and labels drawn into it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.export.layout import Drawn, Layout, lay_out
from app.palette import LABEL_COLOUR, SHADOW_COLOUR
from app.shown import ShownBox


def annotated(picture: QImage, boxes: Sequence[ShownBox]) -> QImage:
    """The picture in its own size with these boxes."""
    made = picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    layout = lay_out(boxes, QSizeF(made.size()))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(layout.font)
    for box in layout.boxes:
        _paint_box(painter, box, layout)
    for box in layout.boxes:
        _paint_label(painter, box, layout)
    painter.end()
    return made


def _paint_box(painter: QPainter, box: Drawn, layout: Layout) -> None:
    shadow = QColor(SHADOW_COLOUR)
    shadow.setAlphaF(0.6)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((shadow, layout.line * 1.9), (QColor(box.colour), layout.line)):
        pen = QPen(colour, width, j=Qt.PenJoinStyle.RoundJoin)
        if box.broken and colour != shadow:
            pen.setDashPattern([4.0, 2.0])
        painter.setPen(pen)
        painter.drawRect(box.rect)


def _paint_label(painter: QPainter, box: Drawn, layout: Layout) -> None:
    if box.label_rect.isEmpty():
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(box.colour))
    painter.drawRoundedRect(box.label_rect, layout.corner, layout.corner)
    painter.setPen(QColor(LABEL_COLOUR))
    painter.drawText(box.label_rect, Qt.AlignmentFlag.AlignCenter, box.label)
