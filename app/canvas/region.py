"""A region that a person draws on the picture, and the outline of one that was asked about."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.rubber import CORNER, HANDLES, Grip, dragged, grip_at, handle_place, moved, sized
from app.canvas.zoom import ZoomView, arrow
from app.palette import REGION_COLOUR, SHADOW_COLOUR
from app.shown import rect_of
from engine.grounding.geometry import Box

# All in pixels of the screen.
HANDLE = 9
REACH = 9
LEAST = 6
KEY_STEP = 8


class RegionItem(QGraphicsItem):
    """A broken line around a region, with handles where it can be changed."""

    def __init__(self, rect: QRectF, *, handles: bool) -> None:
        super().__init__()
        self._rect = rect
        self._handles = handles
        self.setZValue(2.0)

    @property
    def rect(self) -> QRectF:
        return QRectF(self._rect)

    def set_rect(self, rect: QRectF) -> None:
        self.prepareGeometryChange()
        self._rect = rect

    def boundingRect(self) -> QRectF:
        # As in BoxItem: room for a line and handles that keep their size on the screen.
        return self._rect.adjusted(-80, -80, 80, 80)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shadow, line = QColor(SHADOW_COLOUR), QColor(REGION_COLOUR)
        shadow.setAlphaF(0.75)
        for colour, width, broken in ((shadow, 3.6, False), (line, 1.8, True)):
            pen = QPen(colour, width)
            pen.setCosmetic(True)
            if broken:
                pen.setDashPattern([5.0, 3.0])
            painter.setPen(pen)
            painter.drawRect(self._rect)
        if not self._handles:
            return
        world = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setPen(QPen(shadow, 1.2))
        painter.setBrush(line)
        square = QRectF(0, 0, HANDLE, HANDLE)
        for grip in HANDLES:
            square.moveCenter(world.map(handle_place(self._rect, grip)))
            painter.drawRoundedRect(square, 2, 2)
        painter.restore()


class RegionTool(QObject):
    """Draws, moves and sizes the one region of the picture in a view; lives on the GUI thread.

    Signals:
        changed(Box | None): the region became another one, or none.
        drawing_changed(bool): whether the next drag draws a region.
    """

    changed = Signal(object)
    drawing_changed = Signal(bool)

    def __init__(self, view: ZoomView) -> None:
        super().__init__(view)
        self._view = view
        self._box: Box | None = None
        self._item: RegionItem | None = None
        self._grip: Grip | None = None
        self._from = QPointF()
        self._start = QRectF()
        self._dragged = False
        self._drawing = False

    @property
    def box(self) -> Box | None:
        """The region in 0..1 of the picture."""
        return self._box

    @property
    def drawing(self) -> bool:
        return self._drawing

    @property
    def held(self) -> bool:
        """Whether a drag of the region is under way."""
        return self._grip is not None

    def forget(self) -> None:
        """The scene was emptied, and the region with it."""
        self._item = self._box = self._grip = None
        self.set_drawing(False)

    def set_drawing(self, drawing: bool) -> None:
        """Whether the next drag draws, without a key held."""
        if drawing != self._drawing:
            self._drawing = drawing
            self.drawing_changed.emit(drawing)

    def set_box(self, box: Box | None) -> None:
        """Show another region, or none."""
        if box is None or self._view.picture_size.isEmpty():
            self._show(None)
        else:
            self._show(rect_of(box, self._view.picture_size))
        self._box = box
        self.set_drawing(False)
        self.changed.emit(box)

    # By mouse

    def grip_at(self, position: QPoint) -> Grip | None:
        """What a press at a point of the viewport would hold of the region."""
        if self._item is None:
            return None
        return grip_at(self._item.rect, self._view.mapToScene(position), REACH / self._view.zoom)

    def press(self, position: QPoint, *, anew: bool) -> bool:
        """Take a press of the mouse, if it is for the region; `anew` draws over the old one."""
        grip = None if anew else self.grip_at(position)
        if grip is None and not anew and not self._drawing:
            return False
        self._from = self._view.mapToScene(position)
        if grip is None or self._item is None:
            grip, self._start = CORNER, QRectF(self._from, QSizeF(0, 0))
        else:
            self._start = self._item.rect
        self._grip, self._dragged = grip, False
        return True

    def drag(self, position: QPoint) -> None:
        """The pointer moved with the button down."""
        if self._grip is not None:
            self._dragged = True
            by = self._view.mapToScene(position) - self._from
            self._show(dragged(self._start, self._grip, by, self._bounds))

    def release(self) -> None:
        """Keep what was drawn; what is too small to be meant leaves the region as it was."""
        rect, self._grip = self._item.rect if self._item else QRectF(), None
        least = LEAST / self._view.zoom
        if self._dragged and rect.width() >= least and rect.height() >= least:
            self._keep(rect)
        elif self._dragged:
            self.set_box(self._box)

    # By keys

    def key(self, event: QKeyEvent) -> bool:
        """Take a key, if it is for the region: arrows move, with Shift they size, Delete removes.

        While drawing is on and there is no region, an arrow puts one into the middle.
        """
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        towards = arrow(event)
        if event.key() == Qt.Key.Key_Escape and self._drawing:
            self.set_drawing(False)
            return True
        removes = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._item is not None and event.key() in removes and not shift:
            self.set_box(None)
            return True
        if towards is None or (self._item is None and not self._drawing):
            return False
        by = towards * (KEY_STEP / self._view.zoom)
        if self._item is None:
            self._keep(self._middle())
        elif shift:
            self._keep(sized(self._item.rect, by, self._bounds, LEAST / self._view.zoom))
        else:
            self._keep(moved(self._item.rect, by, self._bounds))
        return True

    def _middle(self) -> QRectF:
        """A region in the middle of what is seen of the picture."""
        viewport = self._view.viewport().rect()
        seen = self._view.mapToScene(viewport).boundingRect() & self._bounds
        wide, high = seen.width() / 3, seen.height() / 3
        return seen.adjusted(wide, high, -wide, -high)

    @property
    def _bounds(self) -> QRectF:
        return QRectF(QPointF(), self._view.picture_size)

    def _keep(self, rect: QRectF) -> None:
        size = self._view.picture_size
        box = Box.tidy(
            rect.left() / size.width(),
            rect.top() / size.height(),
            rect.right() / size.width(),
            rect.bottom() / size.height(),
        )
        self.set_box(box)

    def _show(self, rect: QRectF | None) -> None:
        if rect is None:
            if self._item is not None:
                self._view.scene().removeItem(self._item)
            self._item = None
        elif self._item is None:
            self._item = RegionItem(rect, handles=True)
            self._view.scene().addItem(self._item)
        else:
            self._item.set_rect(rect)
        self._view.viewport().update()
