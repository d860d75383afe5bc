from __future__ import annotations

import dataclasses
import random

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from tests.support.pictures import asked, captioned
from training.data.questions import make
from training.data.questions.people import clear_phrases
from training.data.samples import GroundedCaption, Phrase

MINIGPT = DIALECTS["minigpt-v2"]
STATEMENT = "Is this right? The cat is on the bed."


def test_peoples_questions_are_asked_as_they_are() -> None:
    sample = asked(("what is on the desk?", "book, scissor"), (STATEMENT, "no"))
    for seed in range(20):
        question = make("people", sample, random.Random(seed), MINIGPT)
        judged = make("statement", sample, random.Random(seed), MINIGPT)
        assert question is not None
        assert judged is not None
        assert (question.task, question.words) == ("vqa", "what is on the desk?")
        assert question.answer == "book, scissor"
        assert (judged.words, judged.answer) == (STATEMENT, "no")


def test_a_label_is_the_answer_to_what_is_this() -> None:
    sample = dataclasses.replace(asked(), label="European_fire_salamander")
    question = make("label", sample, random.Random(1), MINIGPT)
    assert question is not None
    assert question.answer == "European fire salamander"
    assert make("label", asked(), random.Random(1), MINIGPT) is None


def test_phrases_that_say_too_little_or_two_things_are_left_out() -> None:
    one, other = Box(0, 0, 0.4, 0.4), Box(0.5, 0.5, 1, 1)
    captions = (
        ("The dog in red", (Phrase(0, 7, "animals", (one,)), Phrase(11, 14, "clothing", (one,)))),
        (
            "A man sees the man",
            (Phrase(0, 5, "people", (one,)), Phrase(11, 18, "people", (other,))),
        ),
        ("It barks", (Phrase(0, 2, "animals", (one,)),)),
    )
    sample = dataclasses.replace(
        captioned(), grounded=tuple(GroundedCaption(text, phrases) for text, phrases in captions)
    )
    assert clear_phrases(sample) == [("dog", one)]
