"""The boxes of one answer on the scene: which are lit, which is the current one, which are hidden.

Boxes are spoken of by their numbers in the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSizeF
from PySide6.QtWidgets import QGraphicsScene

from app.canvas.boxes import BoxItem, Light
from app.shown import ShownBox


class BoxLayer:
    """Owns the box items of a scene."""

    def __init__(self, scene: QGraphicsScene) -> None:
        self._scene = scene
        self._items: list[BoxItem] = []
        self._lit: int | None = None
        self._isolated = False
        self.current: int | None = None

    @property
    def boxes(self) -> tuple[ShownBox, ...]:
        return tuple(item.shown for item in self._items)

    @property
    def visible(self) -> list[BoxItem]:
        """The items that are not hidden."""
        return [item for item in self._items if item.isVisible()]

    @property
    def hidden(self) -> int:
        """How many boxes are hidden."""
        return len(self._items) - len(self.visible)

    @property
    def lit(self) -> int | None:
        """The mark whose boxes are lit."""
        return self._lit

    def forget(self) -> None:
        """The scene was emptied, and the boxes with it."""
        self._items.clear()
        self._lit = self.current = None
        self._isolated = False

    def show(self, boxes: Sequence[ShownBox], picture: QSizeF) -> None:
        """Show exactly these boxes; those that are there already stay as they are."""
        kept = [item.shown for item in self._items]
        if list(boxes[: len(kept)]) != kept:
            for item in self._items:
                self._scene.removeItem(item)
            self._items.clear()
            self.current = None
            self._isolated = False
        for shown in boxes[len(self._items) :]:
            item = BoxItem(shown, picture)
            item.setVisible(not self._isolated)
            self._scene.addItem(item)
            self._items.append(item)
        self.light(self._lit)

    def light(self, mark: int | None) -> None:
        """Light the boxes of a mark and step the others back; None lights none."""
        if mark not in {item.shown.mark for item in self._items}:
            mark = None
        self._lit = mark
        for number, item in enumerate(self._items):
            if mark is None:
                item.set_light(Light.PLAIN)
            else:
                item.set_light(Light.LIT if item.shown.mark == mark else Light.DIM)
            item.set_current(mark is not None and number == self.current)

    def choose(self, number: int | None) -> None:
        """Make a box the current one and light its mark; None: no box."""
        self.current = number
        self.light(None if number is None else self._items[number].shown.mark)

    def at(self, point: QPointF) -> list[int]:
        """The boxes under a point of the scene, smallest first: a large one must not hide it."""
        under = [
            (item.rect.width() * item.rect.height(), number)
            for number, item in enumerate(self._items)
            if item.isVisible() and item.rect.contains(point)
        ]
        return [number for _, number in sorted(under)]

    def after(self, step: int) -> int | None:
        """The visible box `step` places after the current one, round and round."""
        numbers = [n for n, item in enumerate(self._items) if item.isVisible()]
        if not numbers:
            return None
        if self.current not in numbers:
            return numbers[0 if step > 0 else -1]
        return numbers[(numbers.index(self.current) + step) % len(numbers)]

    def hide(self, number: int) -> None:
        """Take one box out of sight."""
        self._items[number].setVisible(False)
        self.choose(None)

    def isolate(self, number: int) -> None:
        """Show this box and no other, also none that is still to come."""
        self._isolated = True
        for other, item in enumerate(self._items):
            item.setVisible(other == number)
        self.choose(number)

    def show_all(self) -> None:
        self._isolated = False
        for item in self._items:
            item.setVisible(True)
