"""A rectangle that is drawn, moved and sized within bounds, by handles and by keys."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt


@dataclass(frozen=True, slots=True)
class Grip:
    """What of a rectangle is held: -1 its left or top edge, 1 its right or bottom edge, 0 neither.

    With neither of both the whole rectangle is held.
    """

    across: int
    down: int

    @property
    def cursor(self) -> Qt.CursorShape:
        """The pointer's form over this part."""
        if not self.across and not self.down:
            return Qt.CursorShape.SizeAllCursor
        if not self.down:
            return Qt.CursorShape.SizeHorCursor
        if not self.across:
            return Qt.CursorShape.SizeVerCursor
        falling = self.across == self.down
        return Qt.CursorShape.SizeFDiagCursor if falling else Qt.CursorShape.SizeBDiagCursor


WHOLE = Grip(0, 0)
CORNER = Grip(1, 1)
HANDLES = tuple(Grip(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if x or y)


def handle_place(rect: QRectF, grip: Grip) -> QPointF:
    """Where the middle of a handle is."""
    centre = rect.center()
    return centre + QPointF(grip.across * rect.width() / 2, grip.down * rect.height() / 2)


def grip_at(rect: QRectF, point: QPointF, reach: float) -> Grip | None:
    """What a press at `point` holds: a handle at most `reach` away, else the whole from inside."""
    near = [
        (max(abs(away.x()), abs(away.y())), number)
        for number, grip in enumerate(HANDLES)
        for away in [handle_place(rect, grip) - point]
    ]
    distance, number = min(near)
    if distance <= reach:
        return HANDLES[number]
    return WHOLE if rect.contains(point) else None


def dragged(rect: QRectF, grip: Grip, by: QPointF, bounds: QRectF) -> QRectF:
    """The rectangle after what is held was dragged; an edge may cross the one opposite."""
    if grip == WHOLE:
        return moved(rect, by, bounds)
    edges = rect.adjusted(
        by.x() if grip.across < 0 else 0,
        by.y() if grip.down < 0 else 0,
        by.x() if grip.across > 0 else 0,
        by.y() if grip.down > 0 else 0,
    )
    return _between(edges.topLeft(), edges.bottomRight(), bounds)


def moved(rect: QRectF, by: QPointF, bounds: QRectF) -> QRectF:
    """The same size elsewhere, no farther than the bounds."""
    x = max(bounds.left(), min(rect.left() + by.x(), bounds.right() - rect.width()))
    y = max(bounds.top(), min(rect.top() + by.y(), bounds.bottom() - rect.height()))
    return QRectF(QPointF(x, y), rect.size())


def sized(rect: QRectF, by: QPointF, bounds: QRectF, least: float) -> QRectF:
    """The right and bottom edges moved, as keys do it; each side stays at least `least` long."""
    width = max(least, min(rect.width() + by.x(), bounds.right() - rect.left()))
    height = max(least, min(rect.height() + by.y(), bounds.bottom() - rect.top()))
    return QRectF(rect.left(), rect.top(), width, height)


def _between(one: QPointF, other: QPointF, bounds: QRectF) -> QRectF:
    """The rectangle with these opposite corners, cut to the bounds."""
    left, right = sorted(_clamp(p.x(), bounds.left(), bounds.right()) for p in (one, other))
    top, bottom = sorted(_clamp(p.y(), bounds.top(), bounds.bottom()) for p in (one, other))
    return QRectF(left, top, right - left, bottom - top)


def _clamp(value: float, low: float, high: float) -> float:
    return max(low, min(value, high))
