from __future__ import annotations

import random
import re

from engine.grounding.codec import DIALECTS, NOTHING
from engine.grounding.geometry import Box
from tests.support.pictures import DOG_BOX, GRASS_BOX, ROOM, captioned, drawn, photographed
from training.data.questions import Question, make
from training.data.questions.question import FIT
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


def answers_to(words: str, questions: list[Question]) -> set[str]:
    return {q.answer for q in questions if q.words.lower().rstrip("?") == words}


def test_refer_by_name_by_colour_by_relation_and_by_what_stands_out() -> None:
    questions = many("refer", ROOM, count=3000)
    assert answers_to("the dog", questions) == {"{<5><40><25><60>}"}
    assert answers_to("the small red circle", questions) == {"{<40><40><50><50>}"}
    assert answers_to("where is the red circle", questions) == {"{<40><40><50><50>}"}
    assert answers_to('the word "stop"', questions) == {"{<10><80><30><90>}"}
    assert answers_to("the largest cup of coffee", questions) == {"{<70><70><98><98>}"}
    assert answers_to("the topmost cup of coffee", questions) == {"{<70><5><80><15>}"}
    assert answers_to("the dog left of the circle", questions) == {"{<5><40><25><60>}"}
    assert answers_to("the largest thing", questions) == {"{<70><70><98><98>}"}
    assert not answers_to("the cup of coffee", questions)  # there are two


def test_extreme_asks_for_what_stands_out_alone() -> None:
    questions = many("extreme", ROOM)
    assert answers_to("the largest cup of coffee", questions) == {"{<70><70><98><98>}"}
    assert not [q for q in questions if "est" not in q.words and "most" not in q.words]
    small = Box(0.7, 0.05, 0.8, 0.15)
    found = many("extreme", ROOM, proposals=(small,))
    assert {q.answer for q in found} == {MINIGPT.box(small)}
    assert not many("extreme", captioned())


def test_every_refer_answer_is_one_box_of_the_picture() -> None:
    truth = {MINIGPT.box(thing.box) for thing in ROOM.things}
    for question in many("refer", ROOM):
        assert question.task == "refer"
        assert question.answer in truth
        assert question.answer == MINIGPT.boxes(question.boxes)


def test_refer_to_what_is_not_there_gives_none() -> None:
    for question in many("refer-none", ROOM):
        assert (question.task, question.answer, question.boxes) == ("refer", NOTHING, ())
    assert not many("refer-none", captioned())


def test_refer_by_the_phrases_of_a_caption() -> None:
    questions = many("refer", captioned())
    assert answers_to("the brown dog", questions) == {MINIGPT.box(DOG_BOX)}
    assert answers_to("grass", questions) == {MINIGPT.box(GRASS_BOX)}
    assert not [q for q in questions if "balls" in q.words]  # two boxes: not one thing


def test_refer_to_a_class_of_a_photograph_that_occurs_once() -> None:
    sample = photographed(
        Thing("dog", Box(0.1, 0.1, 0.5, 0.5)),
        Thing("person", Box(0.5, 0.1, 0.7, 0.9)),
        Thing("person", Box(0.8, 0.1, 0.99, 0.9)),
        Thing("bottle", Box(0.1, 0.8, 0.15, 0.9)),  # too small to be pointed at
    )
    questions = many("refer", sample, count=600)
    assert answers_to("the dog", questions) == {"{<10><10><50><50>}"}
    assert answers_to("the leftmost person", questions) == {"{<50><10><70><90>}"}
    assert not [q for q in questions if "bottle" in q.words or "thing" in q.words]


def test_with_proposals_the_answer_is_the_proposal() -> None:
    near = Box(0.11, 0.22, 0.51, 0.68)
    questions = many("refer", captioned(), proposals=(Box(0.7, 0, 1, 0.2), near))
    dogs = [q for q in questions if "dog" in q.words]
    assert {q.answer for q in dogs} == {MINIGPT.box(near)}


def test_what_no_proposal_fits_is_seldom_asked_and_then_not_found() -> None:
    questions = many("refer", captioned(), count=1000, proposals=())
    assert {q.answer for q in questions} == {NOTHING}
    assert 50 < len(questions) < 170
    assert len(many("detection", ROOM, count=1000, proposals=())) < 170


def test_detection_lists_every_box_by_name() -> None:
    questions = many("detection", ROOM, count=600)
    both = "<p>cup of coffee</p> {<70><5><80><15>}<delim>{<70><70><98><98>}"
    assert answers_to("cups of coffee", questions) == {both}
    assert answers_to("dogs, happy faces", questions) == {
        "<p>dog</p> {<5><40><25><60>}, <p>happy face</p> {<10><5><25><20>}"
    }
    assert all(q.task == "detection" and q.boxes for q in questions)


def test_detection_leaves_out_what_is_missing() -> None:
    sample = drawn(Thing("dog", Box(0.1, 0.1, 0.4, 0.4)))
    assert {q.answer for q in many("detection", sample)} == {"<p>dog</p> {<10><10><40><40>}"}
    assert {len(re.split(" and |, ", q.words)) for q in many("detection", sample)} == {1, 2}
    assert {q.answer for q in many("detection-none", sample)} == {NOTHING}


def test_detection_in_a_photograph_asks_for_what_can_be_seen() -> None:
    sample = photographed(
        Thing("person", Box(0.1, 0.1, 0.5, 0.9)), Thing("cup", Box(0.6, 0.6, 0.65, 0.65))
    )
    assert {q.answer for q in many("detection", sample)} == {"<p>person</p> {<10><10><50><90>}"}


def test_identify_names_what_is_in_the_box() -> None:
    named = {q.regions[0]: q.answer for q in many("identify", ROOM)}
    assert named == {
        ROOM.things[0].box: "dog",
        ROOM.things[1].box: "red circle",
        ROOM.things[2].box: "cup of coffee",
        ROOM.things[3].box: "cup of coffee",
        ROOM.things[4].box: "stop",
        ROOM.things[5].box: "happy face",
    }


def test_identify_in_training_takes_the_proposal_or_a_box_by_hand() -> None:
    sample = photographed(Thing("dog", Box(0.1, 0.1, 0.5, 0.5)))
    near = Box(0.12, 0.1, 0.5, 0.5)
    boxes = {q.regions[0] for q in many("identify", sample, proposals=(near,))}
    assert near in boxes
    assert len(boxes) > 20
    assert all(box.iou(sample.things[0].box) > FIT for box in boxes)


def test_identify_in_captioned_photographs_gives_the_phrase_or_the_class() -> None:
    questions = many("identify", captioned(), count=400)
    assert {(q.words.lower().startswith(("describe", "who")), q.answer) for q in questions} == {
        (True, "brown dog"),
        (False, "dog"),
        (True, "grass"),
    }


def test_expression_of_a_face() -> None:
    questions = many("expression", ROOM)
    assert {q.answer for q in questions} == {"happy"}
    assert {q.regions for q in questions} == {(), (ROOM.things[5].box,)}
    two = drawn(ROOM.things[5], Thing("sad", Box(0.5, 0.5, 0.8, 0.8), kind="face"))
    assert all(q.regions for q in many("expression", two))
    assert not many("expression", captioned())
