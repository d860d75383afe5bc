"""Small pictures with round corners, of a whole picture or of a region of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

from app.canvas.rubber import moved
from app.shown import rect_of
from engine.grounding.geometry import Box

# Thumbnails are made for screens of two pixels a point; others scale them down.
RATIO = 2.0


def rounded(image: QImage, size: QSize) -> QPixmap:
    """The middle of the picture, cut to fill `size` logical pixels, with round corners."""
    pixels = size * RATIO
    filling = image.scaled(
        pixels,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    made = QPixmap(pixels)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(made.rect().toRectF(), 9 * RATIO, 9 * RATIO)
    painter.setClipPath(path)
    spare = filling.size() - pixels
    painter.drawImage(QPointF(-spare.width() / 2, -spare.height() / 2), filling)
    painter.end()
    made.setDevicePixelRatio(RATIO)
    return made


def cut_out(image: QImage, box: Box, size: QSize) -> QImage:
    """The region and so much around it that the cut has the form of `size`."""
    whole = QRectF(image.rect())
    region = rect_of(box, whole.size())
    form = QSizeF(size).scaled(region.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    cut = QRectF(QPointF(), form.boundedTo(whole.size()))
    cut.moveCenter(region.center())
    return image.copy(moved(cut, QPointF(), whole).toAlignedRect() & image.rect())
