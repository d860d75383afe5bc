from __future__ import annotations

import random

import pytest

from engine.grounding.geometry import Box
from training.data.questions.aloud import AloudConfig, aloud, untagged
from training.data.questions.question import Question

REFER = Question("refer", "the red mug", (), "{<1><2><3><4>}", "refer")
FIND = Question("detection", "dogs, cats", (), "none", "detection")
THERE = Question("vqa", "is there a dog?", (), "yes", "existence")
WHAT = Question("identify", "", (Box(0.1, 0.1, 0.2, 0.2),), "a mug", "identify")


def test_nothing_is_said_unless_it_is_asked_for() -> None:
    for question in (REFER, FIND, THERE, WHAT):
        assert aloud(question, random.Random(0), AloudConfig()) == question


def test_what_is_said_has_words() -> None:
    said = aloud(WHAT, random.Random(0), AloudConfig(spoken=1, untagged=0))
    assert said.spoken and said.words == "what is this" and said.task == "identify"
    assert said.regions == WHAT.regions and said.answer == WHAT.answer


def test_shares_are_kept() -> None:
    rng = random.Random(0)
    said = [aloud(REFER, rng, AloudConfig(spoken=0.5, untagged=0.4, bare=0.1)) for _ in range(2000)]
    spoken = [question for question in said if question.spoken]
    typed = [question for question in said if not question.spoken]
    assert len(spoken) / 2000 == pytest.approx(0.5, abs=0.04)
    assert sum(q.task == "chat" for q in spoken) / len(spoken) == pytest.approx(0.4, abs=0.05)
    assert sum(q.task == "chat" for q in typed) / len(typed) == pytest.approx(0.1, abs=0.03)


def test_without_a_tag_the_words_say_what_is_wanted() -> None:
    rng = random.Random(0)
    asked = {untagged(REFER, rng).words for _ in range(200)}
    assert "where is the red mug" in asked and "the red mug" not in asked
    assert all(words.endswith("the red mug") for words in asked)
    assert any("where are" in untagged(FIND, rng).words for _ in range(100))


def test_a_lead_is_not_put_before_another() -> None:
    question = Question("refer", "Point at the dog", (), "none", "refer-none")
    assert untagged(question, random.Random(0)).words == "Point at the dog"


@pytest.mark.parametrize("question", [THERE, WHAT])
def test_other_tasks_keep_their_tag(question: Question) -> None:
    assert untagged(question, random.Random(0)) == question
