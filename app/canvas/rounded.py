"""Small pictures with round corners."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

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
