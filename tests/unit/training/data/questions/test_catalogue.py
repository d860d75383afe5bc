from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece
from engine.prompt.tasks import TASKS
from tests.support.pictures import ROOM, asked, captioned, photographed, random_scene
from training.data.questions import KINDS, make, measured, questions_for
from training.data.samples import Thing

MINIGPT = DIALECTS["minigpt-v2"]
EVEN = dict.fromkeys(KINDS, 1.0)
PICTURES = (
    ROOM,
    captioned(),
    photographed(Thing("dog", Box(0.1, 0.1, 0.5, 0.5)), Thing("person", Box(0.5, 0, 0.9, 1))),
    asked(("what is this?", "a bed")),
)


def test_some_questions_word_for_word() -> None:
    questions = questions_for(ROOM, random.Random(7), MINIGPT, count=6, weights=EVEN)
    assert [(q.kind, q.task, q.words, q.answer) for q in questions] == [
        ("detection-none", "detection", "Mark every monkey", "none"),
        ("relation", "vqa", "What is under the circle?", 'word "stop"'),
        ("counting", "vqa", "what is the number of cups of coffee?", "2"),
        ("relation", "vqa", "what is on the right of the happy face?", "cup of coffee"),
        ("colour", "vqa", "which colour is the circle?", "red"),
        ("identify", "identify", "what is in this box?", "stop"),
    ]
    questions = questions_for(captioned(), random.Random(11), MINIGPT, count=3, weights=EVEN)
    assert [(q.kind, q.task, q.words, q.answer) for q in questions] == [
        ("identify", "identify", "who or what is here?", "grass"),
        (
            "grounding",
            "grounding",
            "What is in this picture, and where?",
            "<p>A brown dog</p> {<10><20><50><70>} chases <p>two balls</p> "
            "{<60><60><70><70>}<delim>{<80><60><90><70>} on <p>the grass</p> {<0><50><100><100>}.",
        ),
        ("identify", "identify", "describe this in a few words", "brown dog"),
    ]


def test_the_same_seed_gives_the_same_questions() -> None:
    for sample in PICTURES:
        first, second = (
            questions_for(sample, random.Random(3), MINIGPT, count=8, weights=EVEN) for _ in "ab"
        )
        assert first == second


@given(st.integers(0, 10_000))
def test_questions_about_any_scene_are_well_formed(seed: int) -> None:
    rng = random.Random(seed)
    sample = random_scene(rng)
    proposals = tuple(t.box for t in random_scene(rng).things + sample.things[::2])
    questions = questions_for(
        sample, rng, MINIGPT, count=8, weights=EVEN, proposals=proposals if seed % 2 else None
    )
    for question in questions:
        assert question.task in TASKS
        assert question.answer
        assert question.answer == question.answer.strip()
        reader = MINIGPT.reader()
        pieces = [*reader.feed(question.answer), *reader.finish()]
        boxes = [piece for piece in pieces if isinstance(piece, BoxPiece)]
        assert reader.malformed == 0
        assert len(boxes) == len(question.boxes)
        if seed % 2:
            assert set(question.boxes) <= set(proposals)


def test_no_question_comes_twice_about_a_picture() -> None:
    for sample in PICTURES:
        questions = questions_for(sample, random.Random(5), MINIGPT, count=40, weights=EVEN)
        asked_words = [(q.task, q.words.lower().rstrip("?."), q.regions) for q in questions]
        assert len(set(asked_words)) == len(asked_words)


def test_kinds_come_by_their_weights() -> None:
    weights = {"caption": 0.0, "existence": 3.0, "counting": 1.0}
    kinds = [
        questions_for(ROOM, random.Random(seed), MINIGPT, count=1, weights=weights)[0].kind
        for seed in range(400)
    ]
    assert "caption" not in kinds
    assert 0.65 < kinds.count("existence") / 400 < 0.85


def test_a_picture_that_can_answer_nothing_gives_no_question() -> None:
    weights = {"refer": 1.0, "caption": 1.0}
    assert questions_for(asked(), random.Random(0), MINIGPT, count=5, weights=weights) == []


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        make("riddle", ROOM, random.Random(0), MINIGPT)


def test_what_is_measured_is_always_the_same_and_never_twice() -> None:
    first = measured("existence", PICTURES, MINIGPT, count=30)
    assert first == measured("existence", PICTURES, MINIGPT, count=30)
    assert len(first) == 30
    said = [(sample.key, q.words.lower().rstrip("?.")) for sample, q in first]
    assert len(set(said)) == 30
    assert len(measured("identify", [ROOM], MINIGPT, count=100)) == len(ROOM.things)
    assert len(measured("caption", PICTURES, MINIGPT, count=100)) == 4
