"""A rectangle that is dragged by its handles and moved by keys, always within its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from app.canvas.rubber import (
    CORNER,
    HANDLES,
    WHOLE,
    Grip,
    dragged,
    grip_at,
    handle_place,
    moved,
    sized,
)

BOUNDS = QRectF(0, 0, 100, 80)
RECT = QRectF(20, 20, 40, 30)

steps = st.floats(-300, 300, allow_nan=False)


@pytest.mark.parametrize("grip", HANDLES)
def test_each_handle_is_found_and_moves_its_own_edges(grip: Grip) -> None:
    assert grip_at(RECT, handle_place(RECT, grip) + QPointF(2, -2), 4) == grip
    after = dragged(RECT, grip, QPointF(5, 3), BOUNDS)
    assert after.left() == 20 + 5 * (grip.across < 0)
    assert after.right() == 60 + 5 * (grip.across > 0)
    assert after.top() == 20 + 3 * (grip.down < 0)
    assert after.bottom() == 50 + 3 * (grip.down > 0)


def test_the_inside_holds_the_whole_and_the_outside_nothing() -> None:
    assert grip_at(RECT, QPointF(35, 30), 4) == WHOLE
    assert grip_at(RECT, QPointF(80, 30), 4) is None


def test_an_edge_may_cross_the_opposite_one() -> None:
    assert dragged(RECT, CORNER, QPointF(-50, -40), BOUNDS) == QRectF(10, 10, 10, 10)


@given(st.sampled_from([*HANDLES, WHOLE]), steps, steps)
def test_nothing_leaves_the_bounds(grip: Grip, x: float, y: float) -> None:
    after = dragged(RECT, grip, QPointF(x, y), BOUNDS)
    assert BOUNDS.left() <= after.left() <= after.right() <= BOUNDS.right() + 1e-9
    assert BOUNDS.top() <= after.top() <= after.bottom() <= BOUNDS.bottom() + 1e-9
    if grip == WHOLE:
        assert after.size() == RECT.size()


def test_keys_size_between_the_least_and_the_bounds() -> None:
    assert sized(RECT, QPointF(8, 0), BOUNDS, 6) == QRectF(20, 20, 48, 30)
    assert sized(RECT, QPointF(-500, -500), BOUNDS, 6) == QRectF(20, 20, 6, 6)
    assert sized(RECT, QPointF(500, 500), BOUNDS, 6) == QRectF(20, 20, 80, 60)


def test_moving_stops_at_the_bounds() -> None:
    assert moved(RECT, QPointF(-50, 500), BOUNDS) == QRectF(0, 50, 40, 30)
