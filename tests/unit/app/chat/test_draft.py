"""A correction in the making: boxes and the words that they belong to."""

from __future__ import annotations

import pytest

from app.chat.draft import Draft
from app.chat.spans import answer_text, corrected_text
from app.store.records import Correction
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS
from engine.types import GroundedBox

LEFT, RIGHT = Box(0, 0, 0.4, 1), Box(0.5, 0, 1, 1)
ANSWER = Correction(
    "a cat on a mat.",
    (GroundedBox(LEFT, "a cat", 0, 0, 5), GroundedBox(RIGHT, "a mat", 0, 9, 14)),
)


def _draft() -> Draft:
    return Draft(ANSWER, TASKS["grounding"], "")


def _typed(draft: Draft, at: int, removed: int, words: str) -> None:
    """Letter by letter, as a person types over a selection."""
    for letter in words:
        draft.write(draft.text[:at] + letter + draft.text[at + removed :], at, removed)
        at, removed = at + 1, 0


def _phrases(draft: Draft) -> list[str | None]:
    return [box.phrase for box in draft.correction().boxes]


@pytest.mark.parametrize(
    ("at", "removed", "words", "text", "phrases"),
    [
        (0, 5, "two big dogs", "two big dogs on a mat.", ["two big dogs", "a mat"]),
        (2, 3, "dog", "a dog on a mat.", ["a dog", "a mat"]),
        (5, 0, "s here", "a cats here on a mat.", ["a cats", "a mat"]),
        (0, 0, "So: ", "So: a cat on a mat.", ["a cat", "a mat"]),
        (14, 0, " now", "a cat on a mat now.", ["a cat", "a mat"]),
    ],
)
def test_a_phrase_keeps_to_its_words(
    at: int, removed: int, words: str, text: str, phrases: list[str]
) -> None:
    draft = _draft()
    _typed(draft, at, removed, words)
    assert draft.text == text
    assert _phrases(draft) == phrases
    assert draft.changed == (text != ANSWER.text)


def test_deleted_words_may_be_typed_anew() -> None:
    draft = _draft()
    for end in range(5, 0, -1):
        draft.write(draft.text[: end - 1] + draft.text[end:], end - 1, 1)
    assert _phrases(draft) == ["a mat", None]
    _typed(draft, 0, 0, "the dog")
    assert _phrases(draft) == ["the dog", "a mat"]


def test_words_that_went_with_others_come_back_with_them() -> None:
    draft = _draft()
    draft.write("", 0, len(ANSWER.text))
    assert _phrases(draft) == [None, None]
    _typed(draft, 0, 0, "there is a mat")
    assert _phrases(draft) == ["a mat", None]


@pytest.mark.parametrize(("at", "removed"), [(3, 8), (0, 11)])
def test_an_edge_that_is_cut_off_is_no_part_of_a_phrase(at: int, removed: int) -> None:
    draft = _draft()
    draft.write(ANSWER.text[:at] + ANSWER.text[at + removed :], at, removed)
    for box in draft.correction().boxes:
        if box.start is not None and box.end is not None:
            assert draft.text[box.start : box.end] == box.phrase


def test_boxes_are_moved_removed_and_added_for_words() -> None:
    draft = _draft()
    draft.move(0, RIGHT)
    draft.remove(1)
    assert [(b.label, b.box) for b in draft.shown] == [("a cat", RIGHT)]
    assert draft.add(LEFT, like=0, chosen=None) == 1
    assert draft.add(LEFT, like=0, chosen=(6, 8)) == 2
    assert draft.add(LEFT, like=None, chosen=None) == 3
    assert _phrases(draft) == ["a cat", "a cat", "on", None]


def test_a_detection_that_found_nothing_gets_the_words_that_were_asked() -> None:
    draft = Draft(Correction(""), TASKS["detection"], "dogs")
    assert draft.correction() == Correction("none")
    draft.add(LEFT, like=None, chosen=None)
    draft.add(RIGHT, like=0, chosen=None)
    corrected = draft.correction()
    assert (corrected.text, _phrases(draft)) == ("dogs", ["dogs", "dogs"])


def test_an_answer_of_one_box_has_one() -> None:
    draft = Draft(Correction("", (GroundedBox(LEFT, image=2),)), TASKS["refer"], "the dog")
    draft.add(RIGHT, like=0, chosen=None)
    assert draft.correction() == Correction("", (GroundedBox(RIGHT, image=2),))


@pytest.mark.parametrize(
    ("task", "correction"),
    [
        ("grounding", ANSWER),
        ("refer", Correction("", (GroundedBox(LEFT),))),
        ("chat", Correction("a cat", (GroundedBox(LEFT, "cat", 0, 2, 5), GroundedBox(RIGHT)))),
    ],
)
def test_what_is_shown_is_what_the_next_correction_begins_from(
    task: str, correction: Correction
) -> None:
    assert corrected_text(TASKS[task], "words", correction).as_correction() == correction


def test_a_correction_that_says_none_shows_as_one() -> None:
    assert corrected_text(TASKS["refer"], "the dog", Correction("none")).found_nothing
    assert answer_text(TASKS["refer"], "the dog").as_correction() == Correction("")
