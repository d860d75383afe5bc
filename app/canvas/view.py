"""The picture with the boxes of an answer, lit by hover or by key, and their labels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.canvas.boxes import BoxItem, Light
from app.canvas.labels import place_labels
from app.canvas.zoom import ZoomView
from app.shown import ShownBox
from app.theme import box_colour

LABEL_PADDING = QSizeF(14, 6)
LABEL_WIDTH = 220


class PictureView(ZoomView):
    """Shows one picture and its boxes; lives on the GUI thread.

    Signals:
        mark_hovered(int): the pointer is on a box of this mark; -1 when it left.
    """

    mark_hovered = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("picture")
        self.setAccessibleName("Picture")
        self.setMouseTracking(True)
        self._boxes: list[BoxItem] = []
        self._lit: int | None = None

    # What is shown

    def show_picture(self, image: QImage) -> None:
        """Show another picture, fitted, without boxes."""
        self._boxes.clear()
        self._lit = None
        self.set_picture(image)

    def show_boxes(self, boxes: Sequence[ShownBox]) -> None:
        """Show exactly these boxes; the ones already there stay as they are."""
        if self.picture_size.isEmpty():
            return
        kept = [item.shown for item in self._boxes]
        if list(boxes[: len(kept)]) != kept:
            for item in self._boxes:
                self.scene().removeItem(item)
            self._boxes.clear()
        for shown in boxes[len(self._boxes) :]:
            item = BoxItem(shown, self.picture_size)
            self.scene().addItem(item)
            self._boxes.append(item)
        self.light(self._lit)

    def light(self, mark: int | None) -> None:
        """Light the boxes of a mark and step the others back; None lights none."""
        if mark not in {item.shown.mark for item in self._boxes}:
            mark = None
        self._lit = mark
        for item in self._boxes:
            if mark is None:
                item.set_light(Light.PLAIN)
            else:
                item.set_light(Light.LIT if item.shown.mark == mark else Light.DIM)
        self.viewport().update()

    @property
    def boxes(self) -> tuple[ShownBox, ...]:
        return tuple(item.shown for item in self._boxes)

    @property
    def lit(self) -> int | None:
        return self._lit

    def box_at(self, position: QPoint) -> ShownBox | None:
        """The smallest box under a point of the viewport: a large one must not hide it."""
        here = self.mapToScene(position)
        under = [item for item in self._boxes if item.rect.contains(here)]
        if not under:
            return None
        return min(under, key=lambda item: item.rect.width() * item.rect.height()).shown

    # Events

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not event.buttons():
            found = self.box_at(event.position().toPoint())
            self._hover(found.mark if found else None)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._next_mark(1 if event.key() == Qt.Key.Key_PageDown else -1)
        else:
            super().keyPressEvent(event)

    def _next_mark(self, step: int) -> None:
        """Light the next phrase's boxes by key, as the pointer does."""
        marks = sorted({item.shown.mark for item in self._boxes})
        if not marks:
            return
        at = marks.index(self._lit) + step if self._lit in marks else (0 if step > 0 else -1)
        self._hover(marks[at % len(marks)])

    def _hover(self, mark: int | None) -> None:
        if mark == self._lit:
            return
        self.light(mark)
        self.mark_hovered.emit(-1 if mark is None else mark)

    # Labels, drawn in screen pixels over everything

    def drawForeground(self, painter: QPainter, _rect: QRectF | QRect) -> None:  # noqa: N802
        labelled = [item for item in self._boxes if item.shown.label]
        if not labelled:
            return
        font = QFont(self.font())
        font.setBold(True)
        metrics = QFontMetricsF(font)
        texts = [
            metrics.elidedText(i.shown.label, Qt.TextElideMode.ElideRight, LABEL_WIDTH)
            for i in labelled
        ]
        sizes = [
            QSizeF(metrics.horizontalAdvance(t), metrics.height()) + LABEL_PADDING for t in texts
        ]
        places = place_labels(
            [self.mapFromScene(item.rect).boundingRect().toRectF() for item in labelled],
            sizes,
            QRectF(self.viewport().rect()).adjusted(4, 4, -4, -4),
        )
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        # A lit label comes last, on top.
        order = sorted(range(len(labelled)), key=lambda i: labelled[i].light is Light.LIT)
        for i in order:
            painter.setOpacity(0.45 if labelled[i].light is Light.DIM else 1.0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(box_colour(labelled[i].shown.colour))
            painter.drawRoundedRect(places[i], 5, 5)
            painter.setPen(QColor("#101216"))
            painter.drawText(places[i], Qt.AlignmentFlag.AlignCenter, texts[i])
        painter.restore()
