from __future__ import annotations

from pathlib import Path

import pytest

from training.data.plain import MEASURED, PlainAnswer, plain_questions, read_answers
from training.errors import DataError


def test_there_are_enough_questions_and_none_is_on_both_sides() -> None:
    training, measured = plain_questions(measured=False), plain_questions(measured=True)
    assert len(training) > 600
    assert len(measured) == MEASURED
    assert len({*training, *measured}) == len(training) + len(measured)


def test_variants_are_written_out() -> None:
    questions = {*plain_questions(measured=False), *plain_questions(measured=True)}
    assert "What is half of 36?" in questions
    assert not [question for question in questions if set(question) & set("{}|")]


def test_answers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"prompt": "Hi", "answer": "Hello."}\n')
    assert read_answers(path) == [PlainAnswer("Hi", "Hello.")]


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no answer in it"), ('{"prompt": "Hi"}', "line 1"), ("[]", "line 1"), ("{", "line 1")],
)
def test_a_file_without_answers_is_a_clear_error(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        read_answers(path)
    with pytest.raises(DataError, match="can't be read"):
        read_answers(tmp_path / "missing.jsonl")
