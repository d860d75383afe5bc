"""Molmo's points, as small boxes."""

from __future__ import annotations

import pytest

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece, TextPiece
from tests.support.readings import clean, found, read

MOLMO = DIALECTS["molmo"]
MUG = '<point x="50.0" y="25.0" alt="red mug">red mug</point>'
MUG_BOX = Box(0.49, 0.24, 0.51, 0.26)


def test_a_point_is_a_small_box_around_it() -> None:
    assert read(MOLMO, f"The {MUG} is full.") == (
        [TextPiece("The red mug"), BoxPiece(MUG_BOX, "red mug", 4, 11), TextPiece(" is full.")],
        0,
    )


def test_a_point_at_the_edge_is_cut_to_the_picture() -> None:
    (found_box,) = found(read(MOLMO, '<point x="0" y="100.0" alt="a">a</point>')[0])
    assert found_box == ("a", Box(0, 0.99, 0.01, 1))


def test_many_points_of_one_name() -> None:
    answer = '<points x1="50.0" y1="25.0" x2="10" y2=" 20.5 " alt="dogs">dogs</points>'
    pieces, malformed = read(MOLMO, answer)
    assert (clean(pieces), malformed) == ("dogs", 0)
    assert [phrase for phrase, _ in found(pieces)] == ["dogs", "dogs"]


def test_alt_stands_in_for_words_that_are_missing() -> None:
    pieces, _ = read(MOLMO, '<point x="50.0" y="25.0" alt="red mug"></point>.')
    assert (clean(pieces), found(pieces)) == ("red mug.", [("red mug", MUG_BOX)])
    assert read(MOLMO, '<point x="50.0" y="25.0"> </point>.') == (
        [BoxPiece(MUG_BOX), TextPiece(".")],
        0,
    )


def test_points_right_behind_each_other_are_a_list() -> None:
    pieces, _ = read(MOLMO, MUG + MUG.replace("red mug", "dog"))
    assert clean(pieces) == "red mug, dog"


def test_nothing_is_said_in_its_own_words() -> None:
    assert read(MOLMO, "There are none.") == ([TextPiece("There are none.")], 0)


@pytest.mark.parametrize(
    "answer", ["the <point of view", "a < b", "<points", "</p>", "<point>x</b>", "<poi"]
)
def test_ordinary_text_comes_through(answer: str) -> None:
    assert read(MOLMO, answer) == ([TextPiece(answer)], 0)


@pytest.mark.parametrize(
    ("answer", "text", "boxes", "malformed"),
    [
        ('<point x="50.0" alt="a">a</point> b', "a b", 0, 1),
        ('<point x="far" y="1" alt="a">a</point> b', "a b", 0, 1),
        ('<points x1="50.0" y1="25.0" x2="1" alt="a">a</points>', "a", 1, 1),
        ('<point x="50.0" y="25.0"', "", 0, 1),
        ('<point x="50.0" y="25.0" alt="red m', "", 0, 1),
        ('<point x="50.0" y="25.0" alt="mug">red m', "red m", 1, 0),
        ('<point x="50.0" <point x="50.0" y="25.0" alt="a">a</point>', "a", 1, 1),
    ],
)
def test_malformed_points_are_counted(answer: str, text: str, boxes: int, malformed: int) -> None:
    pieces, counted = read(MOLMO, answer)
    assert (clean(pieces), len(found(pieces)), counted) == (text, boxes, malformed)
