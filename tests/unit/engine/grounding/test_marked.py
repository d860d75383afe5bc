"""Boxes between marks in running text: MiniGPT-v2, Shikra, and those that came after them."""

from __future__ import annotations

import pytest

from engine.grounding.codec import DIALECTS, Dialect, boxes_in
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece, TextPiece
from tests.support.readings import clean, found, read

MINIGPT = DIALECTS["minigpt-v2"]
SHIKRA = DIALECTS["shikra"]
BOX = Box(0.1, 0.2, 0.3, 0.4)


def test_phrases_with_their_boxes_in_clean_text() -> None:
    pieces, malformed = read(
        MINIGPT,
        "<p>a cat</p> {<10><20><30><40>}<delim>{<0><0><50><50>} on <p>a mat</p> {<1><2><3><4>}.",
    )
    assert malformed == 0
    assert pieces == [
        TextPiece("a cat"),
        BoxPiece(BOX, "a cat", 0, 5),
        BoxPiece(Box(0.0, 0.0, 0.5, 0.5), "a cat", 0, 5),
        TextPiece(" on a mat"),
        BoxPiece(Box(0.01, 0.02, 0.03, 0.04), "a mat", 9, 14),
        TextPiece("."),
    ]


def test_a_box_alone_has_no_phrase() -> None:
    assert read(MINIGPT, "{<10><20><30><40>}") == ([BoxPiece(BOX)], 0)
    assert read(MINIGPT, " {<10> <20> <30> <40>}") == ([BoxPiece(BOX)], 0)


def test_shikra_lists_boxes_in_one_pair_of_brackets() -> None:
    pieces, malformed = read(SHIKRA, "The dog[0.1,0.2,0.3,0.4;0.500,0.5,0.6,1.2] barks [1].")
    assert malformed == 0
    assert pieces == [
        TextPiece("The dog"),
        BoxPiece(BOX),
        BoxPiece(Box(0.5, 0.5, 0.6, 1.0)),
        TextPiece(" barks [1]."),
    ]


def test_numbers_are_clamped_and_corners_swapped() -> None:
    assert read(MINIGPT, "{<30><140><10><-20>}") == ([BoxPiece(Box(0.1, 0.0, 0.3, 1.0))], 0)


@pytest.mark.parametrize(
    "answer",
    [
        "a < b",
        "{x}",
        "{<a>}",
        "f(x) = {1, 2}",
        "<b>bold</b>",
        "1 > 0",
        "see [1], [0, 1] and [refer]",
        "{}",
    ],
)
@pytest.mark.parametrize("dialect", [MINIGPT, SHIKRA], ids=["minigpt-v2", "shikra"])
def test_ordinary_text_comes_through(dialect: Dialect, answer: str) -> None:
    assert read(dialect, answer) == ([TextPiece(answer)], 0)


@pytest.mark.parametrize(
    ("answer", "text", "boxes", "malformed"),
    [
        ("<p>cat</p> {<1><2><3>} sits", "cat sits", 0, 1),
        ("{<1><2><3><4><5>} left", "left", 0, 1),
        ("{<1><2><p>dog</p> {<10><20><30><40>}", "dog", 1, 1),
        ("{<1><2>{<10><20><30><40>}", "", 1, 1),
        ("<p>cat</p> {<1><2>}<delim>{<10><20><30><40>}", "cat", 1, 1),
        ("<p>cat</p> {<10><20><30><40>}<delim>. It", "cat. It", 1, 1),
        ("<p>cat {<10><20><30><40>} sits", "cat sits", 1, 0),
        ("one {<12345><1><2><3>} two", "one two", 0, 1),
    ],
)
def test_malformed_boxes_are_counted_and_left_out(
    answer: str, text: str, boxes: int, malformed: int
) -> None:
    pieces, counted = read(MINIGPT, answer)
    assert (clean(pieces), counted) == (text, malformed)
    assert sum(isinstance(piece, BoxPiece) for piece in pieces) == boxes


@pytest.mark.parametrize(
    ("dialect", "answer", "text", "malformed"),
    [
        (MINIGPT, "<p>cat</p> {<10><2", "cat", 1),
        (MINIGPT, "<p>cat</p> {", "cat", 1),
        (MINIGPT, "<p>cat</p> {<1><2><3><4>}<delim>", "cat", 1),
        (MINIGPT, "<p>cat</p> {<1><2><3><4>}<del", "cat", 0),
        (MINIGPT, "<p>cat</", "cat", 0),
        (MINIGPT, "it costs <", "it costs <", 0),
        (SHIKRA, "a dog[0.1,0.2,0.3,0.4;", "a dog", 1),
        (SHIKRA, "a dog [0.12", "a dog", 1),
    ],
)
def test_an_answer_may_be_cut_anywhere(
    dialect: Dialect, answer: str, text: str, malformed: int
) -> None:
    pieces, counted = read(dialect, answer)
    assert (clean(pieces), counted) == (text, malformed)


def test_text_and_boxes_are_given_as_soon_as_they_are_known() -> None:
    reader = MINIGPT.reader()
    assert reader.feed("The <") == [TextPiece("The ")]
    assert reader.feed("p>red") == [TextPiece("red")]
    assert reader.feed(" mug</p> {<10><20><30><40") == [TextPiece(" mug")]
    assert reader.feed(">}") == [BoxPiece(BOX, "red mug", 4, 11)]
    assert reader.feed(" stands") == [TextPiece(" stands")]


def test_the_boxes_of_a_complete_text() -> None:
    assert boxes_in("[identify] what is this {<10><20><30><40>}", MINIGPT) == [BOX]
    assert boxes_in("what is this {<10><20>", MINIGPT) == []


GOOD = {
    "kosmos-2": "<object><patch_index_0044><patch_index_0863></object>",
    "qwen-vl": "<box>(10,20),(300,400)</box>",
    "qwen2-vl": "<|box_start|>(10,20),(300,400)<|box_end|>",
    "internvl": "<box>[[10, 20, 300, 400]]</box>",
    "cogvlm": "[[010,020,300,400]]",
    "deepseek-vl2": "<|det|>[[10, 20, 300, 400]]<|/det|>",
}

BROKEN = {
    "kosmos-2": ["<object><patch_index_0044></object>", "<object></object>"],
    "qwen-vl": ["<box>(10,20)</box>", "<box>(10,20),(300,400),(1,2)</box>", "<box></box>"],
    "qwen2-vl": ["<|box_start|>(10,20)<|box_end|>", "<|box_start|>10,20,30,40<|box_end|>"],
    "internvl": ["<box>[[10, 20, 300]]</box>", "<box>[10, 20, 300, 400]</box>"],
    "cogvlm": ["[[010,020,300]]", "[[010,020,300,400,500]]"],
    "deepseek-vl2": ["<|det|>[[10, 20, 300]]<|/det|>", "<|det|>[]<|/det|>"],
}


@pytest.mark.parametrize("name", GOOD)
def test_a_malformed_box_is_counted_and_the_next_one_is_read(name: str) -> None:
    for broken in BROKEN[name]:
        pieces, malformed = read(DIALECTS[name], f"A cat {broken} and a dog {GOOD[name]} sit.")
        assert (clean(pieces), malformed) == ("A cat and a dog sit.", 1), broken
        assert len(found(pieces)) == 1


@pytest.mark.parametrize("name", GOOD)
def test_white_space_inside_and_before_a_box_is_no_matter(name: str) -> None:
    for text in (GOOD[name], " " + GOOD[name], GOOD[name].replace(",", ", ").replace(",  ", ", ")):
        pieces, malformed = read(DIALECTS[name], f"dog{text}.")
        assert (clean(pieces), malformed) == ("dog.", 0)
        assert len(found(pieces)) == 1


@pytest.mark.parametrize("name", GOOD)
def test_tags_that_stand_alone_say_nothing(name: str) -> None:
    dialect = DIALECTS[name]
    for marker in dialect.markers[:6]:
        pieces, _ = read(dialect, f"A{marker} dog")
        assert clean(pieces) == "A dog" and not found(pieces)


@pytest.mark.parametrize("name", GOOD)
def test_large_numbers_are_clamped_and_corners_swapped(name: str) -> None:
    if name != "kosmos-2":
        written = GOOD[name].replace("300", "3000").replace("400", "1")
        (box,) = boxes_in(written, DIALECTS[name])
        assert box.x2 == 1 and box.y1 == pytest.approx(0.001, abs=1e-4) and box.y2 > box.y1


def test_phrases_right_behind_a_box_get_a_comma() -> None:
    pieces, _ = read(
        DIALECTS["qwen-vl"],
        "<ref>cat</ref><box>(1,2),(3,4)</box><ref> dog</ref><box>(5,6),(7,8)</box>"
        "<ref>mat</ref><box>(5,6),(7,8)</box>.",
    )
    assert clean(pieces) == "cat dog, mat."
    assert [phrase for phrase, _ in found(pieces)] == ["cat", "dog", "mat"]


def test_python_lists_are_no_boxes() -> None:
    text = "Use a = [[1, 2], [3, 4]] and (1,2),(3,4)."
    for name in GOOD:
        assert read(DIALECTS[name], text) == ([TextPiece(text)], 0)
