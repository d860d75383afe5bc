"""A picture to zoom at the pointer, to move, to fit and to show 1:1, by mouse and by keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from app.canvas.picture_item import PictureItem
from app.pyramid import Pyramid

ZOOM_STEP = 1.25
MAX_ZOOM = 40.0
MAX_FIT_ZOOM = 3.0
PAN_STEP = 60
FIT_MARGIN = 26


def arrow(event: QKeyEvent) -> QPointF | None:
    """The direction of an arrow key, one long; None for any other key."""
    towards = {
        Qt.Key.Key_Left: (-1, 0),
        Qt.Key.Key_Right: (1, 0),
        Qt.Key.Key_Up: (0, -1),
        Qt.Key.Key_Down: (0, 1),
    }.get(Qt.Key(event.key()))
    return None if towards is None else QPointF(*towards)


class ZoomView(QGraphicsView):
    """Shows one picture; lives on the GUI thread. Scene units are pixels of the picture.

    Signals:
        zoom_changed(float): screen pixels for one picture pixel.
    """

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # A drop on the picture is the window's business.
        self.setAcceptDrops(False)
        self.setScene(QGraphicsScene(self))
        self._picture: PictureItem | None = None
        self._fitted = True
        self._dragged_from: QPoint | None = None

    def set_picture(self, picture: Pyramid) -> None:
        """Show another picture, fitted; everything else leaves the scene."""
        self.scene().clear()
        self._picture = PictureItem(picture)
        self.scene().addItem(self._picture)
        self.fit()

    @property
    def picture_size(self) -> QSizeF:
        return QSizeF() if self._picture is None else self._picture.boundingRect().size()

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def fit(self) -> None:
        """The whole picture, no larger than three screen pixels for one of the picture."""
        self._fitted = True
        self._place(self._fit_zoom(), QRectF(QPointF(), self.picture_size).center(), self._middle())

    def actual_size(self) -> None:
        """One screen pixel for one pixel of the picture."""
        self.zoom_to(1.0 / self.devicePixelRatioF())

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Larger or smaller by a factor; the picture's point under `at` stays where it is."""
        self.zoom_to(self.zoom * factor, at)

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Set the zoom, between half of what fits and 40 screen pixels a pixel."""
        if self._picture is None:
            return
        at = self._middle() if at is None else at
        fixed = self.mapToScene(at.toPoint())
        self._fitted = False
        self._place(max(self._fit_zoom() / 2, min(zoom, MAX_ZOOM)), fixed, at)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by pixels of the screen; its middle third always stays in sight."""
        self._fitted = False
        centre = self.mapToScene(self._middle().toPoint()) - QPointF(dx, dy) / self.zoom
        self._place(self.zoom, centre, self._middle())

    def _fit_zoom(self) -> float:
        if self._picture is None:
            return 1.0
        size = self.picture_size
        width = max(self.viewport().width() - 2 * FIT_MARGIN, 16) / max(size.width(), 1.0)
        height = max(self.viewport().height() - 2 * FIT_MARGIN, 16) / max(size.height(), 1.0)
        return min(width, height, MAX_FIT_ZOOM)

    def _middle(self) -> QPointF:
        return QRectF(self.viewport().rect()).center()

    def _place(self, zoom: float, point: QPointF, at: QPointF) -> None:
        """Show the picture's `point` at the viewport's `at`, at a zoom."""
        if self._picture is None:
            return
        picture = self._picture.boundingRect()
        middle = self._middle()
        centre = point + (middle - at) / zoom
        centre.setX(max(picture.left(), min(centre.x(), picture.right())))
        centre.setY(max(picture.top(), min(centre.y(), picture.bottom())))
        # A scene as large as the view needs, so that the bars never stop the picture short.
        reach = QSizeF(self.viewport().size()) / zoom
        self.setSceneRect(
            picture.adjusted(-reach.width(), -reach.height(), reach.width(), reach.height())
        )
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.centerOn(centre)
        self.zoom_changed.emit(zoom)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def viewportEvent(self, event: QEvent) -> bool:
        """Two fingers on a touch pad zoom at the pointer, too."""
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_by(1 + event.value(), event.position())
            return True
        return super().viewportEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom_by(ZOOM_STEP**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._dragged_from = event.position().toPoint()
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if self._dragged_from is not None:
            moved = here - self._dragged_from
            self._dragged_from = here
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan(moved.x(), moved.y())
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged_from = None
        self.viewport().unsetCursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._fitted:
            self.zoom_to(max(1.0, self.zoom * 2), event.position())
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        towards = arrow(event)
        if towards is not None:
            self.pan(-PAN_STEP * towards.x(), -PAN_STEP * towards.y())
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(ZOOM_STEP)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_by(1 / ZOOM_STEP)
        elif event.key() == Qt.Key.Key_0:
            self.fit()
        elif event.key() == Qt.Key.Key_1:
            self.actual_size()
        else:
            super().keyPressEvent(event)
