from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.engine import Engine
from engine.grounding.geometry import Box
from engine.models.eyes import Eyes, Sight
from engine.types import GroundedBox
from tests.support.pictures import ROOM
from training.data.questions import Question
from training.errors import DataError
from training.evaluate.asking import Kept, ask, errors_in, key_of
from training.evaluate.benchmark import Reply

BOX = Box(0.1, 0.2, 0.5, 0.6)
REPLY = Reply("a dog", (GroundedBox(BOX, "dog", start=2, end=5),), malformed=1)


def test_replies_are_found_again(tmp_path: Path) -> None:
    kept = Kept.open(tmp_path / "work" / "replies.jsonl")
    kept.add("one", REPLY)
    kept.add("two", Reply("", error="no memory"))
    again = Kept.open(tmp_path / "work" / "replies.jsonl")
    assert again.replies == {"one": REPLY, "two": Reply("", error="no memory")}


def test_half_a_line_of_a_killed_slice_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    Kept.open(path).add("one", REPLY)
    whole = path.read_text()
    path.write_text(whole + '{"key": "two", "te')
    kept = Kept.open(path)
    assert list(kept.replies) == ["one"]
    kept.add("three", REPLY)
    assert list(Kept.open(path).replies) == ["one", "three"]


def test_a_line_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    Kept.open(path).add("one", REPLY)
    path.write_text(path.read_text() + '{"step": 3}\n')
    with pytest.raises(DataError, match=r"replies\.jsonl, line 2"):
        Kept.open(path)


def test_a_question_is_known_by_all_that_the_model_is_told() -> None:
    question = Question("identify", "what is this?", (BOX,), "dog", "identify")
    others = [
        Question("identify", "what is that?", (BOX,), "dog", "identify"),
        Question("identify", "what is this?", (), "dog", "identify"),
        Question("vqa", "what is this?", (BOX,), "dog", "identify"),
    ]
    assert len({key_of(ROOM, each) for each in (question, *others)}) == 4
    assert key_of(ROOM, question) == key_of(
        ROOM, Question("identify", "what is this?", (BOX,), "cat", "other")
    )


def test_one_picture_is_encoded_once_for_all_its_questions(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    see = Eyes.see

    def counted(eyes: Eyes, pixels: NDArray[np.float32]) -> Sight:
        seen.append(pixels)
        return see(eyes, pixels)

    questions = {
        "refer": Question("refer", "the dog", (), "none", "refer"),
        "identify": Question("identify", "what is this", (BOX,), "dog", "identify"),
        "caption": Question("caption", "", (), "", "caption"),
        "wrong": Question("refer", "the dog " * 2000, (), "none", "refer"),
    }
    with Engine.load(tiny_bundle) as engine:
        monkeypatch.setattr(Eyes, "see", counted)
        replies = ask(engine, ROOM, questions, tmp_path)
    assert len(seen) == 1
    assert list(replies) == list(questions)
    assert errors_in(list(replies.values())) == 1
    assert replies["wrong"].error is not None
    assert list(tmp_path.iterdir()) == []
