from __future__ import annotations

import random

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from tests.support.pictures import ROOM, captioned, drawn, photographed, random_scene
from training.data.questions.companions import CLASSES, COMPANIONS
from training.data.questions.names import (
    absent,
    answer_name,
    drawings,
    expressions,
    fitting,
    phrases,
    title,
    unique_phrases,
)
from training.data.questions.question import Frame
from training.data.samples import Sample, Thing

BOX = Box(0.1, 0.1, 0.4, 0.4)


def frame(sample: Sample, seed: int = 0) -> Frame:
    return Frame(sample, random.Random(seed), DIALECTS["minigpt-v2"])


def test_titles() -> None:
    assert [title(thing) for thing in ROOM.things] == [
        "dog", "red circle", "cup of coffee", "cup of coffee", 'word "stop"', "happy face",
    ]  # fmt: skip
    assert answer_name(ROOM.things[4]) == "stop"
    assert answer_name(ROOM.things[1]) == "red circle"


def test_a_shape_is_spoken_of_by_colour_and_size() -> None:
    assert phrases(ROOM.things[1]) == (
        "red circle", "circle", "small red circle", "small circle",
    )  # fmt: skip


def test_only_phrases_that_fit_one_thing_are_unique() -> None:
    sample = drawn(
        Thing("circle", BOX, kind="shape", colour="red"),
        Thing("circle", BOX, kind="shape", colour="blue"),
        Thing("tree", BOX),
        Thing("pine tree", BOX),
        Thing("taxi", BOX),
    )
    named = {
        phrase for _, alone in unique_phrases(frame(sample), sample.things) for phrase in alone
    }
    assert named == {"red circle", "blue circle", "pine tree", "taxi"}


def test_what_is_absent_fits_nothing_in_the_picture() -> None:
    for seed in range(300):
        sample = random_scene(random.Random(seed))
        phrase = absent(frame(sample, seed))
        assert phrase is not None
        assert all(phrase not in fitting(thing) for thing in sample.things)


def test_a_taxi_is_a_car_and_a_car_may_be_a_taxi() -> None:
    for name, never in (("taxi", "car"), ("car", "taxi")):
        sample = drawn(Thing(name, BOX))
        assert never not in {absent(frame(sample, seed)) for seed in range(500)}


def test_absent_names_are_relatives_more_often_than_not() -> None:
    order = drawings()
    sample = drawn(Thing("horse", BOX))
    near = order[order.index("horse") - 8 : order.index("horse") + 9]
    hard = sum(absent(frame(sample, seed)) in near for seed in range(400))
    assert 0.5 < hard / 400 < 0.95


def test_absent_classes_of_a_photograph_are_classes() -> None:
    sample = photographed(Thing("person", BOX), Thing("dog", BOX))
    found = {absent(frame(sample, seed)) for seed in range(300)}
    assert found <= set(CLASSES) - {"person", "dog"}
    assert {"car", "chair", "frisbee"} <= found  # frequent, and likely beside a dog


def test_nothing_is_surely_absent_from_a_picture_that_is_not_fully_labelled() -> None:
    assert absent(frame(captioned())) is None


def test_the_tables_agree_with_themselves() -> None:
    assert len(CLASSES) == 80
    assert {name for others in COMPANIONS.values() for name in others} <= set(CLASSES)
    assert (len(drawings()), len(expressions())) == (390, 8)
