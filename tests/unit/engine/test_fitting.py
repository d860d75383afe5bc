from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.errors import ContextError
from engine.fitting import farewell, fit
from engine.types import ImagePart, Message, TextPart


def words(messages: Sequence[Message]) -> int:
    return sum(len(part.text) for m in messages for part in m.parts if isinstance(part, TextPart))


def user(text: str, *pictures: str) -> Message:
    return Message("user", (*(ImagePart(Path(p)) for p in pictures), TextPart(text)))


def assistant(text: str) -> Message:
    return Message("assistant", (TextPart(text),))


SYSTEM = Message("system", (TextPart("sss"),))
TALK = [
    SYSTEM,
    user("aaa", "dog.png"),
    assistant("AAA"),
    user("bbb"),
    assistant("BBB"),
    user("ccc"),
]


@pytest.mark.parametrize(
    ("room", "stays"),
    [
        (18, "sss aaa AAA bbb BBB ccc"),
        (17, "sss aaa AAA ccc"),
        (12, "sss aaa AAA ccc"),
        (11, "sss ccc"),
        (6, "sss ccc"),
    ],
)
def test_turns_without_a_picture_go_first(room: int, stays: str) -> None:
    kept, gone = fit(TALK, words, room=room)
    assert (
        " ".join(part.text for m in kept for part in m.parts if isinstance(part, TextPart)) == stays
    )
    assert len(kept) + len(gone) == len(TALK)


def test_the_question_alone_may_be_too_long() -> None:
    with pytest.raises(
        ContextError, match=r"takes 6 tokens and the model can read 5.*: 1 too many"
    ):
        fit(TALK, words, room=5)


def test_the_same_words_twice_are_two_turns() -> None:
    same = [user("aa"), assistant("b"), user("aa"), assistant("b"), user("cc")]
    kept, gone = fit(same, words, room=5)
    assert (len(kept), len(gone)) == (3, 2)


def test_what_is_no_longer_seen_is_named() -> None:
    assert farewell(TALK[3:5]).endswith("no longer sees the oldest turn.")
    both = [*TALK[1:5], user("d", "cat.png")]
    assert farewell(both).endswith("the 3 oldest turns, with the pictures dog.png, cat.png.")
