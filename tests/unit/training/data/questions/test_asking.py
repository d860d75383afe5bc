from __future__ import annotations

import random

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from tests.support.pictures import ROOM, captioned, drawn, photographed, random_scene
from training.data.questions import Question, make
from training.data.questions.companions import CLASSES
from training.data.samples import Sample, Thing

MINIGPT = DIALECTS["minigpt-v2"]
DESK = photographed(
    Thing("person", Box(0.1, 0.1, 0.5, 0.9)),
    Thing("cup", Box(0.6, 0.6, 0.7, 0.7)),
    Thing("cup", Box(0.8, 0.6, 0.9, 0.7)),
    Thing("book", Box(0.6, 0.1, 0.62, 0.12)),  # there, and too small to be asked for
)


def many(kind: str, sample: Sample, count: int = 300) -> list[Question]:
    made = (make(kind, sample, random.Random(seed), MINIGPT) for seed in range(count))
    return [question for question in made if question is not None]


def answers_to(words: str, questions: list[Question]) -> set[str]:
    return {q.answer for q in questions if q.words.lower().rstrip("?") == words}


def test_existence_is_true_of_the_picture() -> None:
    questions = many("existence", ROOM, 2000)
    assert answers_to("is there a dog", questions) == {"yes"}
    assert answers_to("is there a red circle", questions) == {"yes"}
    assert answers_to("is there a blue circle", questions) == {"no"}
    assert answers_to('is there the word "stop"', questions) == {"yes"}
    assert answers_to("is there a sad face", questions) == {"no"}


def test_half_of_the_existence_answers_are_no() -> None:
    for make_sample in (random_scene, lambda _: DESK):
        answers = [
            question.answer
            for seed in range(1500)
            if (sample := make_sample(random.Random(seed))).things
            and (question := make("existence", sample, random.Random(seed), MINIGPT))
        ]
        assert 0.45 < answers.count("no") / len(answers) < 0.55


def test_existence_in_photographs_speaks_of_classes_that_can_be_seen() -> None:
    questions = many("existence", DESK, 800)
    assert not [q for q in questions if "book" in q.words.lower()]
    for question in questions:
        if question.answer == "no":
            assert any(name in question.words.lower() for name in CLASSES)
    assert not many("existence", captioned())


def test_counting() -> None:
    questions = many("counting", ROOM, 1500)
    assert answers_to("how many cups of coffee are there", questions) == {"2"}
    assert answers_to("how many dogs are there", questions) == {"1"}
    assert answers_to("how many things are there", questions) == {"6"}
    assert "0" in {q.answer for q in questions}
    assert not [q for q in questions if "word" in q.words]


def test_several_counts_what_is_there_more_than_once() -> None:
    questions = many("several", ROOM)
    assert answers_to("how many cups of coffee are there", questions) == {"2"}
    assert {q.task for q in questions} == {"vqa"}
    assert not [q for q in questions if "dog" in q.words or "thing" in q.words]
    assert answers_to("how many cups are there", many("several", DESK)) == {"2"}
    assert not many("several", captioned())


def test_counting_in_photographs_leaves_out_what_is_too_small() -> None:
    questions = many("counting", DESK, 600)
    assert answers_to("how many cups are there", questions) == {"2"}
    assert answers_to("how many people are there", questions) == {"1"}
    assert not [q for q in questions if "book" in q.words and q.answer != "0"]
    crowd = photographed(
        *(Thing("person", Box(n / 20, 0.1, n / 20 + 0.04, 0.6)) for n in range(14))
    )
    assert {q.answer for q in many("counting", crowd)} <= {"0"}


def test_colour_of_the_only_shape_of_its_kind() -> None:
    assert {q.answer for q in many("colour", ROOM)} == {"red"}
    twice = drawn(
        Thing("circle", Box(0, 0, 0.2, 0.2), kind="shape", colour="red"),
        Thing("circle", Box(0.5, 0, 0.7, 0.2), kind="shape", colour="blue"),
    )
    assert not many("colour", twice)


def test_what_is_beside_a_thing() -> None:
    questions = many("relation", ROOM, 1000)
    assert answers_to("what is left of the circle", questions) == {"dog"}
    assert answers_to("what is to the right of the dog", questions) == {"red circle"}
    assert not many("relation", DESK)


def test_positions_are_true_and_half_of_them_no() -> None:
    questions = many("position", ROOM, 1500)
    assert answers_to("is the dog left of the circle", questions) == {"yes"}
    assert answers_to("is the dog right of the circle", questions) == {"no"}
    no = sum(q.answer == "no" for q in questions)
    assert 0.45 < no / len(questions) < 0.55


def test_positions_in_photographs_are_left_and_right_only() -> None:
    sample = photographed(
        Thing("dog", Box(0.0, 0.4, 0.3, 0.7)), Thing("cat", Box(0.6, 0.4, 0.9, 0.7))
    )
    words = " ".join(q.words.lower() for q in many("position", sample))
    assert "left of" in words
    assert "above" not in words


def test_reading_the_only_word() -> None:
    assert {q.answer for q in many("reading", ROOM)} == {"stop"}
    two = drawn(ROOM.things[4], Thing("exit", Box(0.5, 0.5, 0.8, 0.6), kind="word"))
    assert not many("reading", two)
