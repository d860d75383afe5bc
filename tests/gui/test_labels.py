"""Labels of boxes: inside the view, apart from each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, QSizeF

from app.canvas.labels import place_labels

VIEW = QRectF(0, 0, 800, 600)
LABEL = QSizeF(90, 22)

edges = st.floats(-300, 1100, allow_nan=False)
rectangles = st.tuples(edges, edges, st.floats(1, 900), st.floats(1, 900)).map(
    lambda values: QRectF(*values)
)


@given(st.lists(rectangles, max_size=12))
def test_labels_stay_inside_the_view(boxes: list[QRectF]) -> None:
    places = place_labels(boxes, [LABEL] * len(boxes), VIEW)
    for box, place in zip(boxes, places, strict=True):
        assert place.isEmpty() is not box.intersects(VIEW)
        assert place.isEmpty() or VIEW.contains(place)


def test_a_label_stands_above_its_box() -> None:
    assert place_labels([QRectF(100, 100, 200, 50)], [LABEL], VIEW) == [QRectF(100, 78, 90, 22)]


def test_twelve_boxes_on_one_spot_keep_their_labels_apart() -> None:
    places = place_labels([QRectF(300, 200, 150, 220)] * 12, [LABEL] * 12, VIEW)
    overlaps = [a & b for i, a in enumerate(places) for b in places[:i] if a.intersects(b)]
    assert overlaps == []


def test_a_box_out_of_sight_has_no_label() -> None:
    assert place_labels([QRectF(900, 10, 50, 50)], [LABEL], VIEW)[0].isEmpty()


@given(st.lists(rectangles, min_size=1, max_size=8))
def test_one_more_box_moves_no_label(boxes: list[QRectF]) -> None:
    fewer = place_labels(boxes[:-1], [LABEL] * (len(boxes) - 1), VIEW)
    sizes = [LABEL] * len(boxes)
    assert place_labels(boxes, sizes, VIEW, known=fewer) == place_labels(boxes, sizes, VIEW)
