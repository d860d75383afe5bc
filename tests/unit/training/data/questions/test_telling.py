from __future__ import annotations

import random

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from tests.support.pictures import BALL_BOX, DOG_BOX, ROOM, asked, captioned, drawn
from training.data.questions import Question, make, names_in
from training.data.questions.names import title
from training.data.samples import Sample, Thing

MINIGPT = DIALECTS["minigpt-v2"]


def many(
    kind: str, sample: Sample, *, count: int = 200, proposals: tuple[Box, ...] | None = None
) -> list[Question]:
    made = (
        make(kind, sample, random.Random(seed), MINIGPT, proposals=proposals)
        for seed in range(count)
    )
    return [question for question in made if question is not None]


def test_the_caption_of_a_scene_names_everything_from_left_to_right() -> None:
    questions = many("caption", ROOM)
    assert {q.answer for q in questions} == {
        'A dog, a happy face, the word "stop", a red circle and two cups of coffee.'
    }
    assert set(questions[0].names) == {title(thing) for thing in ROOM.things}
    assert "" in {q.words for q in questions}


def test_the_names_in_a_caption_are_read_back() -> None:
    for question in many("caption", ROOM, count=5):
        assert names_in(question.answer) == set(question.names)
    assert names_in("Two pine trees and three wine glasses beside a Dog.") == {
        "pine tree", "wine glass", "dog",
    }  # fmt: skip
    assert names_in("A hotdoggery of undogs") == set()


def test_the_caption_of_a_photograph_is_one_of_the_peoples() -> None:
    assert {q.answer for q in many("caption", captioned())} == {
        "A brown dog chases two balls on the grass.",
        "A dog runs to the left.",
    }
    assert not many("caption", asked(("what is this?", "a bed")))


def test_a_grounded_caption_has_boxes_for_its_phrases() -> None:
    assert {q.answer for q in many("grounding", captioned())} == {
        "<p>A brown dog</p> {<10><20><50><70>} chases <p>two balls</p> "
        "{<60><60><70><70>}<delim>{<80><60><90><70>} on <p>the grass</p> {<0><50><100><100>}."
    }


def test_a_grounded_caption_shows_only_boxes_that_were_proposed() -> None:
    questions = many("grounding", captioned(), proposals=(BALL_BOX, DOG_BOX))
    assert {q.answer for q in questions} == {
        "<p>A brown dog</p> {<10><20><50><70>} chases <p>two balls</p> "
        "{<60><60><70><70>} on the grass."
    }
    assert not many("grounding", captioned(), proposals=())


def test_a_grounded_scene() -> None:
    sample = drawn(
        Thing("cat", Box(0.5, 0.5, 0.9, 0.9)),
        Thing("dog", Box(0.0, 0.0, 0.2, 0.2)),
        Thing("dog", Box(0.3, 0.0, 0.5, 0.2)),
    )
    assert {q.answer for q in many("grounding", sample)} == {
        "<p>Two dogs</p> {<0><0><20><20>}<delim>{<30><0><50><20>} and "
        "<p>a cat</p> {<50><50><90><90>}."
    }


def test_a_conversation_answers_in_sentences() -> None:
    questions = many("chat", ROOM, count=600)
    answers = {q.answer for q in questions}
    assert {"Yes, there is a dog.", "There are two cups of coffee.", "There is one dog."} <= answers
    assert all(q.task == "chat" and q.answer.endswith(".") for q in questions)
    assert all(q.answer[0].isupper() for q in many("chat", captioned()))
    assert not many("chat", asked(("what is this?", "a bed")))
