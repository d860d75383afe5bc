"""The picture as a person handles it: by mouse, by keys and by menu."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from app.canvas.box_menu import box_menu
from app.canvas.box_view import BoxView
from app.canvas.editing import BoxEditing
from app.canvas.region import RegionTool
from app.pyramid import Pyramid
from app.texts import translate

# A press and a release so few pixels apart are a click.
CLICK_REACH = 4


class PictureView(BoxView):
    """Takes the mouse and the keys; lives on the GUI thread.

    Signals:
        confirmed(): Enter was pressed: what is drawn is the question.
        typed(str): something was typed that is no key of the picture.
    """

    confirmed = Signal()
    typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("picture")
        self.setAccessibleName(translate("canvas", "Picture"))
        self.setMouseTracking(True)
        self.editing = BoxEditing(self, lambda: self.boxes, self._boxes_under)
        for tool in (self.region, self.editing.tool):
            tool.drawing_changed.connect(lambda _: self._point(None))
        self.hidden_changed.connect(lambda _: self._under.clear())
        self._under: list[int] = []
        self._pressed: QPoint | None = None

    @property
    def tool(self) -> RegionTool:
        """What draws: boxes while an answer is corrected, else the region of the question."""
        return self.editing.tool if self.editing.active else self.region

    def show_picture(self, picture: Pyramid, *, name: str = "") -> None:
        """Show another picture, fitted, without boxes."""
        self.editing.forget()
        super().show_picture(picture, name=name)

    def draw(self) -> None:
        """Switch the drawing of a region, or of a box, on or off."""
        if self.editing.active:
            self.editing.draw()
        else:
            self.region.set_drawing(not self.region.drawing)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._pressed = at
            press = self.editing.press if self.editing.active else self.region.press
            if not self.picture_size.isEmpty() and press(at, anew=shift):
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                event.accept()
                return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._pressed is not None:
            if (at - self._pressed).manhattanLength() < CLICK_REACH:
                return
            self._pressed = None
        if self.tool.held:
            self.tool.drag(at)
            return
        super().mouseMoveEvent(event)
        if not event.buttons():
            self._hover(self._boxes_under(at))
            self._point(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        clicked = self._pressed is not None
        self._pressed = None
        if self.tool.held:
            self.tool.release()
        super().mouseReleaseEvent(event)
        if clicked:
            self._click(at)
        self._point(at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On a box it is one more click, elsewhere it zooms."""
        if self._boxes_under(event.position().toPoint()):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._under = []
        self.choose(None)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.choose(None)
        super().focusOutEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_keys = event.reason() is QContextMenuEvent.Reason.Keyboard
        under = [] if by_keys else self._boxes_under(event.pos())
        number = self.current
        if not by_keys and number not in under:
            number = under[0] if under else None
        box_menu(self, number).popup(event.globalPos())

    def _hover(self, under: list[int]) -> None:
        """Choose the smallest box under the pointer, unless one of the same was chosen already."""
        if under != self._under:
            self._under = under
            self.choose(under[0] if under else None)

    def _click(self, at: QPoint) -> None:
        """Ask about the box under the pointer; clicked again, about the next one under it."""
        if self.editing.active:
            self.editing.click(at)
            return
        under = self._boxes_under(at)
        asked = [number for number in under if self.boxes[number].box == self.region.box]
        if under:
            following = under.index(asked[0]) + 1 if asked else 0
            self._under = under
            self.ask_about(under[following % len(under)])

    def _boxes_under(self, at: QPoint) -> list[int]:
        return self._layer.at(self.mapToScene(at))

    def _point(self, at: QPoint | None) -> None:
        """Show by the pointer's form what a press would do."""
        grip = self.tool.grip_at(at) if at is not None else None
        if grip is not None:
            self.viewport().setCursor(grip.cursor)
        elif self.tool.drawing:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.viewport().unsetCursor()

    # Keys

    def event(self, event: QEvent) -> bool:
        """Escape is the region's before it is the window's."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and ((self.region.box is not None and not self.editing.active) or self.tool.drawing)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = self.editing.key if self.editing.active else self.region.key
        if key(event) or self._box_key(event):
            self.viewport().update()
            return
        super().keyPressEvent(event)
        # Words don't begin with a blank: that key is to talk.
        typed = event.text().isprintable() and event.text().strip() and not self.editing.active
        if not event.isAccepted() and typed:
            self.typed.emit(event.text())
            event.accept()

    def _box_key(self, event: QKeyEvent) -> bool:
        """Page Down and Up walk, Enter asks, Delete hides, Space isolates, Shift+Delete undoes."""
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self.editing.active:
            # Nothing is hidden or asked about meanwhile: what is seen is what will be kept.
            return False
        if key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.choose(self._layer.after(1 if key == Qt.Key.Key_PageDown else -1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.region.box is None and self.current is not None:
                self.ask_about(self.current)
            else:
                self.confirmed.emit()
        elif key == Qt.Key.Key_Delete and shift:
            self.show_all_boxes()
        elif key == Qt.Key.Key_Delete and self.current is not None:
            self.hide_box(self.current)
        elif key == Qt.Key.Key_Space and self._layer.hidden:
            self.show_all_boxes()
        elif key == Qt.Key.Key_Space and self.current is not None:
            self.isolate_box(self.current)
        else:
            return False
        return True
