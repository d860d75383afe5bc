"""A picture with the boxes of an answer, which can be lit, hidden and shown alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.canvas.box_layer import BoxLayer
from app.canvas.label_painter import LabelPainter
from app.canvas.region import RegionItem, RegionTool
from app.canvas.zoom import ZoomView
from app.pyramid import Pyramid
from app.shown import ShownBox, rect_of
from app.texts import translate
from engine.grounding.geometry import Box


class BoxView(ZoomView):
    """Shows one picture, its boxes and the region that is drawn on it; lives on the GUI thread.

    Signals:
        mark_hovered(int): the pointer or the keyboard is on a box of this mark; -1 when it left.
        hidden_changed(int): how many boxes are hidden now.
    """

    mark_hovered = Signal(int)
    hidden_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.region = RegionTool(self)
        self._layer = BoxLayer(self.scene())
        self._labels = LabelPainter()
        self._asked: RegionItem | None = None
        self._asked_box: Box | None = None
        self._name = ""

    # What is shown

    def show_picture(self, picture: Pyramid, *, name: str = "") -> None:
        """Show another picture, fitted, without boxes."""
        self._name = name
        self._layer.forget()
        self._asked = self._asked_box = None
        self.region.forget()
        self.set_picture(picture)
        self._describe()
        self._boxes_changed()

    def show_boxes(self, boxes: Sequence[ShownBox], *, asked: Box | None = None) -> None:
        """Show exactly these boxes (those that are there already stay as they are), and the outline
        of the region that was asked about."""
        if self.picture_size.isEmpty():
            return
        self._layer.show(boxes, self.picture_size)
        if asked != self._asked_box:
            if self._asked is not None:
                self.scene().removeItem(self._asked)
            self._asked = None
            if asked is not None:
                self._asked = RegionItem(rect_of(asked, self.picture_size), handles=False)
                self.scene().addItem(self._asked)
            self._asked_box = asked
        self._boxes_changed()

    def light(self, mark: int | None) -> None:
        """Light the boxes of a mark and step the others back; None lights none."""
        self._layer.light(mark)
        self.viewport().update()

    @property
    def boxes(self) -> tuple[ShownBox, ...]:
        return self._layer.boxes

    @property
    def visible_boxes(self) -> tuple[ShownBox, ...]:
        """The boxes that are not hidden."""
        return tuple(item.shown for item in self._layer.visible)

    @property
    def lit(self) -> int | None:
        return self._layer.lit

    @property
    def current(self) -> int | None:
        """The number of the box that keys and menu speak of."""
        return self._layer.current

    def ask_about(self, number: int) -> None:
        """Make a box the region of the next question."""
        self.choose(number)
        self.region.set_box(self.boxes[number].box)

    def hide_box(self, number: int) -> None:
        """Take one box out of sight."""
        self.choose(None)
        self._layer.hide(number)
        self._boxes_changed()

    def isolate_box(self, number: int) -> None:
        """Show one box alone."""
        self.choose(number)
        self._layer.isolate(number)
        self._boxes_changed()

    def show_all_boxes(self) -> None:
        """Bring hidden boxes back."""
        self._layer.show_all()
        self._boxes_changed()

    def _boxes_changed(self) -> None:
        self.viewport().update()
        self.hidden_changed.emit(self._layer.hidden)

    def choose(self, number: int | None) -> None:
        """Make a box the current one, and tell when the pointer or the keys came to its mark."""
        before = self.lit
        self._layer.choose(number)
        self._describe()
        self.viewport().update()
        if self.lit != before:
            self.mark_hovered.emit(-1 if self.lit is None else self.lit)

    def _describe(self) -> None:
        """Say which box is the current one, for who can't see it."""
        if self.current is None:
            self.setAccessibleDescription(self._name)
        else:
            described = translate(
                "canvas", "{label}, box {number} of {count}, in {picture}"
            ).format(
                label=self.boxes[self.current].label,
                number=self.current + 1,
                count=len(self.boxes),
                picture=self._name,
            )
            self.setAccessibleDescription(described)

    def drawForeground(self, painter: QPainter, _rect: QRectF | QRect) -> None:  # noqa: N802
        self._labels.paint(painter, self, self._layer.visible)
