from __future__ import annotations

import dataclasses

import pytest

from engine.grounding.geometry import Box
from tests.support.pictures import ROOM, asked, captioned, photographed
from training.data.mirror import mirror, sided
from training.data.samples import Thing


def test_picture_and_boxes_are_flipped_together() -> None:
    sample = photographed(Thing("dog", Box(0.1, 0.2, 0.3, 0.4)))
    mirrored = mirror(sample)
    assert mirrored.key == "p1:mirrored"
    assert mirrored.things[0].box.as_list() == pytest.approx([0.7, 0.2, 0.9, 0.4])
    assert sample.open().getpixel((5, 5)) == (255, 0, 0)
    assert mirrored.open().getpixel((74, 5)) == (255, 0, 0)
    assert mirrored.open().getpixel((5, 5)) == (255, 255, 255)


def test_twice_mirrored_is_the_picture_itself() -> None:
    twice = mirror(mirror(captioned()))
    for before, after in zip(
        captioned().grounded[0].phrases, twice.grounded[0].phrases, strict=True
    ):
        for old, new in zip(before.boxes, after.boxes, strict=True):
            assert new.as_list() == pytest.approx(old.as_list())


def test_texts_with_a_side_are_dropped() -> None:
    assert mirror(captioned()).captions == ("A brown dog chases two balls on the grass .",)
    sample = asked(("what is left of the bed?", "lamp"), ("how many beds are there?", "2"))
    assert [qa.question for qa in mirror(sample).questions] == ["how many beds are there?"]


def test_a_sample_that_would_lose_all_its_texts_stays_as_it_is() -> None:
    sample = asked(("what is on the right side?", "lamp"))
    assert mirror(sample) is sample
    only = dataclasses.replace(captioned(), captions=("a dog on the left .",))
    assert mirror(only) is only


def test_printed_words_are_not_mirrored() -> None:
    assert mirror(ROOM) is ROOM


def test_right_as_true_is_no_side() -> None:
    assert not sided("Is this right? The dog is under the table.")
    assert sided("Is this right? The dog is right of the table.")
    assert not sided("a bright kitchen")
