from __future__ import annotations

from engine.grounding.geometry import Box
from training.data.questions.relations import clearly, nearest, standing_out
from training.data.samples import Thing

LEFT = Thing("dog", Box(0.0, 0.4, 0.2, 0.6))
MIDDLE = Thing("cat", Box(0.4, 0.4, 0.6, 0.6))
RIGHT = Thing("cow", Box(0.75, 0.3, 1.0, 0.7))


def test_sides_that_no_one_would_argue_about() -> None:
    assert clearly(LEFT.box, MIDDLE.box, "left of")
    assert clearly(MIDDLE.box, LEFT.box, "right of")
    assert not clearly(LEFT.box, MIDDLE.box, "above")
    assert not clearly(LEFT.box, MIDDLE.box, "right of")


def test_a_diagonal_is_to_no_side() -> None:
    corner = Box(0.0, 0.0, 0.2, 0.2)
    assert not clearly(corner, MIDDLE.box, "left of")
    assert not clearly(corner, MIDDLE.box, "above")


def test_above_and_below() -> None:
    high, low = Box(0.4, 0.0, 0.6, 0.2), Box(0.4, 0.7, 0.6, 0.9)
    assert clearly(high, low, "above")
    assert clearly(low, high, "below")


def test_the_next_thing_to_a_side() -> None:
    things = [LEFT, MIDDLE, RIGHT]
    assert nearest(MIDDLE, things, "left of") is LEFT
    assert nearest(MIDDLE, things, "right of") is RIGHT
    assert nearest(LEFT, things, "left of") is None
    assert nearest(MIDDLE, things, "above") is None


def test_two_at_about_the_same_distance_are_no_answer() -> None:
    twin = Thing("pig", Box(0.02, 0.5, 0.22, 0.7))
    assert nearest(MIDDLE, [LEFT, twin, MIDDLE], "left of") is None


def test_what_stands_out() -> None:
    things = [LEFT, MIDDLE, RIGHT]
    assert standing_out(things, "largest") is RIGHT
    assert standing_out(things, "leftmost") is LEFT
    assert standing_out(things, "rightmost") is RIGHT
    assert standing_out(things, "smallest") is None  # two of the same size
    assert standing_out(things, "topmost") is RIGHT
    assert standing_out([LEFT], "largest") is None
