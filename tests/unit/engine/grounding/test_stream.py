"""The streaming reader: every split of the same text gives the same answer."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.grounding.codec import DIALECTS, PLAIN, Dialect, boxes_in
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece, Piece, TextPiece

MINIGPT = DIALECTS["minigpt-v2"]
SHIKRA = DIALECTS["shikra"]
BOX = Box(0.1, 0.2, 0.3, 0.4)

fragments = st.sampled_from(
    [
        "<p>", "</p>", "<delim>", "{<10><20><30><40>}", "{<9><8><107><6>}", " {<1><2><3><4>}",
        "{<1><2><3>}", "{<12", "{<1><2><3><4><5>}", "{<a>}", "{x}", "a < b", " ", "  ", "\n", "}",
        "[0.100,0.200,0.300,0.400]", "[0.1,0.2,0.3,0.4;0.5,0.6,0.7,0.8]", "[0.1,0.2;", "[1]", "[",
        ";", "a cat", "é🐈", "<", "{", ">", "0.5,", "-1",
    ]
)  # fmt: skip
answers = st.lists(fragments | st.text(alphabet="<>{}[]p/delim0123456789.,; -a", max_size=8)).map(
    "".join
)


def read(dialect: Dialect, *texts: str) -> tuple[list[Piece], int]:
    reader = dialect.reader()
    pieces = [piece for text in texts for piece in reader.feed(text)] + reader.finish()
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, TextPiece) and isinstance(last, TextPiece):
            joined[-1] = TextPiece(last.text + piece.text)
        else:
            joined.append(piece)
    return joined, reader.malformed


def clean(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))


@pytest.mark.parametrize("dialect", [MINIGPT, SHIKRA, PLAIN], ids=["minigpt-v2", "shikra", "plain"])
@settings(deadline=None, derandomize=True)
@given(answer=answers, data=st.data())
def test_any_split_gives_the_same(dialect: Dialect, answer: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(answer)), max_size=10).map(sorted))
    edges = [0, *cuts, len(answer)]
    parts = [answer[a:b] for a, b in pairwise(edges)]
    whole = read(dialect, answer)
    assert read(dialect, *parts) == whole
    assert read(dialect, *answer) == whole


@settings(deadline=None, derandomize=True)
@given(answer=answers)
def test_a_phrase_is_where_its_offsets_say(answer: str) -> None:
    pieces, _ = read(MINIGPT, answer)
    text = clean(pieces)
    for piece in pieces:
        if isinstance(piece, BoxPiece) and piece.phrase is not None:
            assert text[piece.start : piece.end] == piece.phrase


@settings(deadline=None, derandomize=True)
@given(answer=answers)
def test_boxes_lie_in_the_picture_with_corners_in_order(answer: str) -> None:
    for piece in read(MINIGPT, answer)[0]:
        if isinstance(piece, BoxPiece):
            box = piece.box
            assert 0 <= box.x1 <= box.x2 <= 1 and 0 <= box.y1 <= box.y2 <= 1


@settings(deadline=None, derandomize=True)
@given(answer=st.text().map(str.lstrip))
def test_plain_leaves_every_text_as_it_is(answer: str) -> None:
    assert clean(read(PLAIN, answer)[0]) == answer


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


@pytest.mark.parametrize(("dialect", "longest"), [(MINIGPT, 42), (SHIKRA, 46)])
@settings(deadline=None, derandomize=True)
@given(answer=answers)
def test_no_text_is_held_back_longer_than_markup_is(
    dialect: Dialect, longest: int, answer: str
) -> None:
    before = dialect.reader()
    pieces = before.feed(answer)
    after = [*pieces, *before.feed("a" * longest)]
    assert clean(after).endswith("a" * (longest - 1))


def test_the_boxes_of_a_complete_text() -> None:
    assert boxes_in("[identify] what is this {<10><20><30><40>}", MINIGPT) == [BOX]
    assert boxes_in("what is this {<10><20>", MINIGPT) == []
