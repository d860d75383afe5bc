from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from tests.support.pictures import ROOM
from training.data.questions.question import FIT, Frame, snap

EDGE = st.floats(0, 1)
BOXES = st.builds(Box.tidy, EDGE, EDGE, EDGE, EDGE)


def frame(*proposals: Box) -> Frame:
    return Frame(ROOM, random.Random(0), DIALECTS["minigpt-v2"], proposals)


def test_a_box_goes_to_the_proposal_that_overlaps_it_most() -> None:
    near, nearer, far = Box(0, 0, 0.4, 0.5), Box(0, 0, 0.5, 0.5), Box(0.6, 0, 1, 1)
    assert snap(Box(0, 0, 0.5, 0.5), [near, nearer, far]) == nearer
    assert snap(Box(0.1, 0.1, 0.2, 0.2), [near, nearer, far]) is None


def test_an_overlap_of_exactly_one_half_is_found() -> None:
    assert snap(Box(0, 0, 1, 1), [Box(0, 0, 1, 0.5)]) == Box(0, 0, 1, 0.5)


@given(BOXES, st.lists(BOXES, max_size=6))
def test_snapping_never_gives_less_than_the_best_that_fits(box: Box, proposals: list[Box]) -> None:
    found = snap(box, proposals)
    best = max((box.iou(proposal) for proposal in proposals), default=0.0)
    if best >= FIT:
        assert found is not None
        assert box.iou(found) == best
    else:
        assert found is None


@given(st.lists(BOXES, max_size=6), st.lists(BOXES, max_size=6))
def test_several_boxes_take_each_proposal_once(boxes: list[Box], proposals: list[Box]) -> None:
    pointed = frame(*proposals).point_all(boxes)
    assert len(pointed) <= min(len(boxes), len(proposals))
    rest = iter(proposals)
    assert all(proposal in rest for proposal in pointed)  # in their order
    for proposal in pointed:
        assert max(proposal.iou(box) for box in boxes) >= FIT


def test_found_boxes_come_in_the_order_of_the_proposals() -> None:
    left, right = Box(0, 0, 0.4, 0.4), Box(0.5, 0.5, 1, 1)
    assert frame(right, left).point_all([left, right]) == (right, left)
    truth = Frame(ROOM, random.Random(0), DIALECTS["minigpt-v2"])
    assert truth.point_all([right, left]) == (left, right)


def test_two_things_in_one_place_share_no_proposal() -> None:
    twice = Box(0, 0, 0.4, 0.4)
    assert frame(twice).point_all([twice, Box(0, 0, 0.4, 0.39)]) == (twice,)
