"""The shown text of an answer, its marks and their boxes."""

from __future__ import annotations

from app.chat.spans import AnswerText
from engine.grounding.geometry import Box
from engine.types import GroundedBox

BOX = Box(0.1, 0.2, 0.3, 0.4)
OTHER = Box(0.5, 0.5, 0.9, 0.9)


def _found(phrase: str, start: int, box: Box = BOX) -> GroundedBox:
    return GroundedBox(box, phrase, 0, start, start + len(phrase))


def test_phrases_become_marks_where_they_stand() -> None:
    answer = AnswerText("")
    answer.add_text("a dog on ")
    answer.add_box(_found("a dog", 0))
    answer.add_text("grass")
    answer.add_box(_found("grass", 9, OTHER))
    assert [answer.text[mark.start : mark.end] for mark in answer.marks] == ["a dog", "grass"]
    assert [box.mark for box in answer.boxes] == [0, 1]
    assert [box.colour for box in answer.boxes] == [0, 1]


def test_several_boxes_share_their_phrase() -> None:
    answer = AnswerText("dogs")
    answer.add_text("two dogs")
    answer.add_box(_found("two dogs", 0))
    answer.add_box(_found("two dogs", 0, OTHER))
    assert len(answer.marks) == 1
    assert [(box.box, box.mark) for box in answer.boxes] == [(BOX, 0), (OTHER, 0)]


def test_the_same_words_keep_their_colour() -> None:
    answer = AnswerText("")
    answer.add_text("a cup, a lamp, A cup")
    for phrase, start in (("a cup", 0), ("a lamp", 7), ("A cup", 15)):
        answer.add_box(_found(phrase, start))
    assert [mark.colour for mark in answer.marks] == [0, 1, 0]


def test_a_bare_box_is_given_the_asked_words() -> None:
    answer = AnswerText("the brown dog", or_none=True)
    assert answer.add_box(GroundedBox(BOX)) == "the brown dog"
    assert answer.add_box(GroundedBox(OTHER)) == ""
    assert answer.text == "the brown dog"
    assert [box.mark for box in answer.boxes] == [0, 0]
    assert answer.finish() == ""


def test_phrases_behind_a_stand_in_are_moved_along() -> None:
    answer = AnswerText("it")
    answer.add_text("Here:")
    assert answer.add_box(GroundedBox(BOX)) == " it"
    answer.add_text(" and a cat")
    answer.add_box(_found("a cat", 10))
    assert answer.text == "Here: it and a cat"
    assert [answer.text[mark.start : mark.end] for mark in answer.marks] == ["it", "a cat"]


def test_white_space_in_front_is_left_out_and_counted() -> None:
    answer = AnswerText("")
    assert answer.add_text(" ") == ""
    assert answer.add_text(" a cat") == "a cat"
    answer.add_box(_found("a cat", 2))
    assert answer.text[answer.marks[0].start : answer.marks[0].end] == "a cat"


def test_none_stays_out_of_the_text() -> None:
    answer = AnswerText("the zebra", or_none=True)
    assert [answer.add_text(piece) for piece in (" n", "on", "e")] == ["", "", ""]
    assert answer.finish() == ""
    assert (answer.found_nothing, answer.text) == (True, "")


def test_what_only_began_like_none_is_text() -> None:
    answer = AnswerText("nose", or_none=True)
    assert answer.add_text("no") == ""
    assert answer.add_text("se") == "nose"
    assert (answer.finish(), answer.found_nothing) == ("", False)


def test_a_half_written_none_is_shown_when_it_was_cut() -> None:
    answer = AnswerText("nose", or_none=True)
    assert answer.add_text("no") == ""
    assert answer.finish() == "no"
