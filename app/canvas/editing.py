"""The boxes of an answer in a person's hands: one is picked, moved, sized or removed, or drawn."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent

from app.canvas.region import RegionTool
from app.canvas.zoom import ZoomView
from app.shown import ShownBox
from engine.grounding.geometry import Box


class BoxEditing(QObject):
    """What a region is drawn and moved with, put to the boxes of a view; lives on the GUI thread.

    `number` is the box in hand, `last` the one that was last. `boxes` gives the boxes as they are
    shown, `under` the numbers of those under a point of the viewport, the smallest first. Whoever
    hears of a change shows the boxes as they are now.

    Signals:
        picked(int): this box is in hand; -1: none.
        moved(int, Box): a box is elsewhere.
        removed(int): a box is to go.
        drawn(Box): a box is to come.
        confirmed(): Enter was pressed: the boxes are as they should be.
    """

    picked = Signal(int)
    moved = Signal(int, object)
    removed = Signal(int)
    drawn = Signal(object)
    confirmed = Signal()

    def __init__(
        self,
        view: ZoomView,
        boxes: Callable[[], tuple[ShownBox, ...]],
        under: Callable[[QPoint], list[int]],
    ) -> None:
        super().__init__(view)
        self.active = False
        self.number: int | None = None
        self.last: int | None = None
        self.tool = RegionTool(view)
        self._boxes = boxes
        self._under = under
        self._picking = False
        self._held_before = False
        self.tool.changed.connect(self._changed)

    def start(self) -> None:
        """From here on mouse and keys are for the boxes."""
        self.active = True

    def stop(self) -> None:
        """The boxes are left alone again."""
        self.pick(None)
        self.last = None
        self.active = False

    def forget(self) -> None:
        """The scene was emptied, and the box in hand with it."""
        self.tool.forget()
        self.active = False
        self.number = self.last = None

    def pick(self, number: int | None) -> None:
        """Take a box in hand, or none."""
        self.number = number
        if number is not None:
            self.last = number
        self._picking = True
        self.tool.set_box(None if number is None else self._boxes()[number].box)
        self._picking = False
        self.picked.emit(-1 if number is None else number)

    def press(self, position: QPoint, *, anew: bool) -> bool:
        """Take a press of the mouse: on the box in hand, on another, or to draw one."""
        self._held_before = False
        if anew or self.tool.drawing:
            drawing = self.tool.drawing
            self.pick(None)
            self.tool.set_drawing(drawing)
            return self.tool.press(position, anew=True)
        self._held_before = self.tool.grip_at(position) is not None
        if not self._held_before:
            under = self._under(position)
            self.pick(under[0] if under else None)
        return self.tool.press(position, anew=False)

    def click(self, position: QPoint) -> None:
        """A press that moved nothing: of several boxes the next one is meant."""
        under = self._under(position)
        if self._held_before and self.number in under:
            self.pick(under[(under.index(self.number) + 1) % len(under)])

    def key(self, event: QKeyEvent) -> bool:
        """Take a key: Page Down and Up pick, Enter confirms, the rest is as for a region.

        Escape is for who began the correction.
        """
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and not self.tool.drawing:
            return False
        if key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._step(1 if key == Qt.Key.Key_PageDown else -1)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()
            return True
        return self.tool.key(event)

    def draw(self) -> None:
        """The next drag draws a box, or an arrow puts one into the middle."""
        drawing = not self.tool.drawing
        self.pick(None)
        self.tool.set_drawing(drawing)

    def remove(self, number: int) -> None:
        """This box is to go; none is in hand then."""
        self.pick(None)
        self.last = None
        self.removed.emit(number)

    def _step(self, step: int) -> None:
        count = len(self._boxes())
        if count:
            beside = -1 if step > 0 else 0
            self.pick(((beside if self.number is None else self.number) + step) % count)

    def _changed(self, box: Box | None) -> None:
        if self._picking:
            return
        number = self.number
        if number is None:
            if box is not None:
                self.drawn.emit(box)
        elif box is None:
            self.remove(number)
        else:
            self.moved.emit(number, box)
