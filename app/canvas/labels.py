"""Where the labels of boxes go: readable, inside the view and apart from each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF


def place_labels(
    boxes: Sequence[QRectF],
    sizes: Sequence[QSizeF],
    bounds: QRectF,
    *,
    known: Sequence[QRectF] = (),
) -> list[QRectF]:
    """A rectangle for each label, in the order of the boxes. All in pixels of the view.

    Each label takes the first place around or inside its box that lies within `bounds` and covers
    no earlier label; where there is none, the place that covers least. Boxes outside `bounds` get
    an empty rectangle: their label would speak of nothing that can be seen. A place depends only on
    those before it, so what is `known` from fewer boxes stays true.
    """
    placed = list(known)
    for box, size in list(zip(boxes, sizes, strict=True))[len(placed) :]:
        if not box.intersects(bounds):
            placed.append(QRectF())
            continue
        placed.append(_best(box & bounds, size, bounds, placed))
    return placed


def _best(box: QRectF, size: QSizeF, bounds: QRectF, placed: Sequence[QRectF]) -> QRectF:
    """The first place that covers nothing, else the one that covers least."""
    best, least = QRectF(), float("inf")
    for candidate in _candidates(box, size):
        place = _inside(candidate, bounds)
        covered = _covered(place, placed)
        if covered < least:
            best, least = place, covered
        if not covered:
            break
    return best


def _candidates(box: QRectF, size: QSizeF) -> Iterator[QRectF]:
    """The places for a label, best first: above, inside the top, below, inside the bottom, beside;
    then stacked down and up the left edge, for many boxes on one spot."""
    left, right = box.left(), box.right() - size.width()
    above, below = box.top() - size.height(), box.bottom()
    inner = box.bottom() - size.height()
    corners = [
        (left, above),
        (left, box.top()),
        (right, above),
        (right, box.top()),
        (left, below),
        (left, inner),
        (right, below),
        (right, inner),
        (box.right(), box.top()),
        (left - size.width(), box.top()),
    ]
    stacked = [(left, box.top() + step * size.height()) for step in range(1, 12)]
    raised = [(left, above - step * size.height()) for step in range(1, 6)]
    return (QRectF(QPointF(x, y), size) for x, y in corners + stacked + raised)


def _inside(place: QRectF, bounds: QRectF) -> QRectF:
    """The same rectangle moved within bounds (its left and top where it is larger than them)."""
    x = max(bounds.left(), min(place.left(), bounds.right() - place.width()))
    y = max(bounds.top(), min(place.top(), bounds.bottom() - place.height()))
    return QRectF(QPointF(x, y), place.size())


def _covered(place: QRectF, placed: Sequence[QRectF]) -> float:
    """Square pixels that a place takes from the labels already there."""
    shared = (place & other for other in placed if place.intersects(other))
    return sum(part.width() * part.height() for part in shared)
