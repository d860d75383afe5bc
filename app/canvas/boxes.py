"""A box on the picture: a line of constant width in its phrase's colour."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.palette import BOX_COLOURS, SHADOW_COLOUR
from app.shown import ShownBox, rect_of
from app.theme import box_colour


class Light(Enum):
    """How a box stands out: as usual, lit by a hover, or stepped back because another is lit."""

    PLAIN = 0
    LIT = 1
    DIM = 2


class BoxItem(QGraphicsItem):
    """One box in scene coordinates, which are the picture's pixels."""

    def __init__(self, shown: ShownBox, picture: QSizeF) -> None:
        super().__init__()
        self.shown = shown
        self.light = Light.PLAIN
        self._current = False
        self.rect = rect_of(shown.box, picture)

    def set_light(self, light: Light) -> None:
        """Step forward or back; a lit box is painted over the others."""
        self.light = light
        self.setZValue(1.0 if light is Light.LIT else 0.0)
        self.update()

    def set_current(self, current: bool) -> None:
        """Whether keys speak of this box: of several that are lit, it has the thickest line."""
        self._current = current
        self.update()

    def boundingRect(self) -> QRectF:
        # The line's width is constant on screen, so its share of the scene changes with the zoom:
        # a margin that holds down to a zoom of one twentieth.
        return self.rect.adjusted(-80, -80, 80, 80)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        colour = box_colour(self.shown.colour)
        width = (3.6 if self.light is Light.LIT else 2.4) + self._current
        painter.setOpacity(0.38 if self.light is Light.DIM else 1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(colour)
        fill.setAlphaF(0.22 if self.light is Light.LIT else 0.0)
        painter.setBrush(fill)
        halo = QColor(SHADOW_COLOUR)
        halo.setAlphaF(0.6)
        for pen_colour, pen_width in ((halo, width + 2.2), (colour, width)):
            pen = QPen(pen_colour, pen_width)
            pen.setCosmetic(True)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            # The eighth phrase has the first one's colour again: a broken line tells them apart.
            if self.shown.colour >= len(BOX_COLOURS) and pen_colour == colour:
                pen.setDashPattern([4.0, 2.0])
            painter.setPen(pen)
            painter.drawRect(self.rect)
            painter.setBrush(Qt.BrushStyle.NoBrush)
