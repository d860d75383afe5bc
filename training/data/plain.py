"""Plain questions without a picture, and the base model's own answers to them.

Answers without a picture must stay the base's own: a share of every mix is its answers, and 200
questions that no run trains on measure how well they are kept.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from training.errors import DataError

QUESTIONS = Path(__file__).with_name("plain_questions.txt")
MEASURED = 200  # questions kept for measuring
QUARTER = 4  # one line in so many is kept for measuring
_CHOICE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """A question without a picture and what the base model answers to it."""

    prompt: str
    answer: str


def plain_questions(*, measured: bool) -> tuple[str, ...]:
    """The questions to train on, or the 200 to measure by.

    A line of the file is a question, with its variants as `{one|two}`; the variants of a line are
    all on the same side, so that nothing measured has a near twin in training.
    """
    sides = _sides()
    return sides[1][:MEASURED] if measured else sides[0]


@lru_cache(maxsize=1)
def _sides() -> tuple[tuple[str, ...], tuple[str, ...]]:
    sides: tuple[list[str], list[str]] = ([], [])
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kept = hashlib.sha256(line.encode()).digest()[0] % QUARTER == 0
            sides[kept].append(line)
    return tuple(_spread(sides[0])), tuple(_spread(sides[1]))


def _spread(lines: list[str]) -> list[str]:
    """Every variant of every line: first one of each line, then the next of each, and so on."""
    rounds = itertools.zip_longest(*map(_variants, lines))
    return [question for each in rounds for question in each if question is not None]


def _variants(line: str) -> list[str]:
    pieces = _CHOICE.split(line)
    choices = [piece.split("|") if n % 2 else [piece] for n, piece in enumerate(pieces)]
    return ["".join(chosen) for chosen in itertools.product(*choices)]


def read_answers(path: Path) -> list[PlainAnswer]:
    """Answers from JSON lines {"prompt", "answer"}; DataError names the file and the line."""
    answers = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{path}: the base model's answers can't be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            answers.append(PlainAnswer(record["prompt"], record["answer"]))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f'{path}, line {number}: no {{"prompt", "answer"}} there') from error
    if not answers:
        raise DataError(f"{path}: there is no answer in it")
    return answers
