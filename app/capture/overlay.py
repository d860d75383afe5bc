"""What covers a screen while a part of it is chosen: its own picture, dimmed outside the choice."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
)
from PySide6.QtWidgets import QWidget

from app.canvas.rubber import CORNER, dragged, moved, sized
from app.canvas.zoom import arrow
from app.palette import REGION_COLOUR, SHADOW_COLOUR
from app.texts import marked, translate
from engine.grounding.geometry import Box

LEAST = 6
KEY_STEP = 8
HINT = marked("capture", "Drag a rectangle, or use the arrow keys and Enter; Escape leaves.")


class Overlay(QWidget):
    """Covers one screen; lives on the GUI thread.

    Signals:
        chosen(Box): this part of the screen, in 0..1 of its sides.
        left(): the person wants no picture.
    """

    chosen = Signal(object)
    left = Signal()

    def __init__(self, shot: QPixmap, place: QRect) -> None:
        super().__init__(
            None,
            Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint,
        )
        self._shot = shot
        self._from: QPointF | None = None
        self._choice = QRectF()
        # The window is hidden meanwhile: the end of this must not be the end of the program.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, on=False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(translate("capture", "Choose a part of the screen"))
        self.setAccessibleDescription(translate("capture", HINT))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setGeometry(place)

    @property
    def choice(self) -> QRectF:
        """The part chosen so far; empty before there is one."""
        return QRectF(self._choice)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = event.position()
            self._choose(QRectF(self._from, QSizeF(0, 0)))
        else:
            self.left.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            start = QRectF(self._from, QSizeF(0, 0))
            by = event.position() - self._from
            self._choose(dragged(start, CORNER, by, QRectF(self.rect())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._from is not None:
            self._from = None
            if min(self._choice.width(), self._choice.height()) >= LEAST:
                self._accept(self._choice)
            else:
                self._choose(QRectF())

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        towards = arrow(event)
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._accept(self._choice if not self._choice.isEmpty() else QRectF(self.rect()))
        elif towards is not None:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._by_key(towards * KEY_STEP, sizes=shift)
        else:
            super().keyPressEvent(event)

    def _by_key(self, by: QPointF, *, sizes: bool) -> None:
        """Move or size the choice; the first arrow puts one into the middle."""
        whole = QRectF(self.rect())
        if self._choice.isEmpty():
            wide, high = whole.width() / 4, whole.height() / 4
            self._choose(whole.adjusted(wide, high, -wide, -high))
        elif sizes:
            self._choose(sized(self._choice, by, whole, LEAST))
        else:
            self._choose(moved(self._choice, by, whole))

    def _accept(self, choice: QRectF) -> None:
        wide, high = self.width(), self.height()
        self.chosen.emit(
            Box.tidy(
                choice.left() / wide,
                choice.top() / high,
                choice.right() / wide,
                choice.bottom() / high,
            )
        )

    def _choose(self, choice: QRectF) -> None:
        self._choice = choice
        self.update()

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(self.rect(), self._shot)
        shade = QColor(SHADOW_COLOUR)
        shade.setAlphaF(0.5)
        painter.setClipRegion(self._outside())
        painter.fillRect(self.rect(), shade)
        painter.setClipping(False)
        if self._choice.isEmpty():
            self._paint_hint(painter, shade)
        else:
            painter.setPen(QPen(QColor(REGION_COLOUR), 1.6))
            painter.drawRect(self._choice)
        painter.end()

    def _outside(self) -> QRegion:
        return QRegion(self.rect()).subtracted(QRegion(self._choice.toRect()))

    def _paint_hint(self, painter: QPainter, shade: QColor) -> None:
        hint, metrics = translate("capture", HINT), QFontMetricsF(self.font())
        room = QRectF(0, 0, metrics.horizontalAdvance(hint) + 36, metrics.height() + 20)
        room.moveCenter(QRectF(self.rect()).center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade.setAlphaF(0.85)
        painter.setBrush(shade)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(room, 10, 10)
        painter.setPen(QColor(REGION_COLOUR))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, hint)
