"""The picture on the scene, drawn from the size that suits the zoom."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.pyramid import Pyramid


class PictureItem(QGraphicsItem):
    """One picture; scene units are pixels of its largest size."""

    def __init__(self, picture: Pyramid) -> None:
        super().__init__()
        self.picture = picture
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def boundingRect(self) -> QRectF:
        return QRectF(self.picture.full.rect())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw what is exposed: smooth where it is made smaller, in clear squares far above 1:1."""
        seen = option.exposedRect & self.boundingRect()
        scale = painter.deviceTransform().m11()
        image = self.picture.at_least(scale)
        share = image.width() / self.picture.size.width()
        high = image.height() / self.picture.size.height()
        part = QRectF(seen.x() * share, seen.y() * high, seen.width() * share, seen.height() * high)
        painter.drawImage(seen, image, part)
