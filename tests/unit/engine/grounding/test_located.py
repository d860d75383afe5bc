"""Location tokens with a label behind them (PaliGemma) or before them (Florence-2)."""

from __future__ import annotations

import pytest

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece, TextPiece
from tests.support.readings import clean, found, read

PALIGEMMA = DIALECTS["paligemma"]
FLORENCE = DIALECTS["florence-2"]
LOCATIONS = "<loc0256><loc0128><loc0768><loc0512>"
BOX = Box(0.125, 0.25, 0.5, 0.75)
BINS = "<loc_100><loc_200><loc_300><loc_400>"
BIN_BOX = Box(0.1005, 0.2005, 0.3005, 0.4005)


def test_paligemmas_labels_are_a_list() -> None:
    assert read(PALIGEMMA, f"{LOCATIONS} red mug ; {LOCATIONS} dog ; {LOCATIONS} red mug") == (
        [
            TextPiece("red mug"),
            BoxPiece(BOX, "red mug", 0, 7),
            TextPiece(", dog"),
            BoxPiece(BOX, "dog", 9, 12),
            BoxPiece(BOX, "red mug", 0, 7),
        ],
        0,
    )


@pytest.mark.parametrize("between", ["", " ", ";", "; ", " ;", "\n"])
def test_entries_of_paligemma_may_be_joined_in_other_ways(between: str) -> None:
    pieces, malformed = read(PALIGEMMA, f"{LOCATIONS} mug{between}{LOCATIONS} dog")
    assert (clean(pieces), malformed) == ("mug, dog", 0)


def test_segments_are_left_out_and_labels_may_be_missing() -> None:
    assert read(PALIGEMMA, f"{LOCATIONS}<seg012><seg127> mug") == (
        [TextPiece("mug"), BoxPiece(BOX, "mug", 0, 3)],
        0,
    )
    assert read(PALIGEMMA, LOCATIONS) == ([BoxPiece(BOX)], 0)


def test_words_around_paligemmas_list_come_through() -> None:
    pieces, malformed = read(PALIGEMMA, f"I see {LOCATIONS} a mug\nand that is all; really")
    assert (clean(pieces), malformed) == ("I seea mug and that is all; really", 0)
    assert found(pieces) == [("a mug", BOX)]


def test_florences_label_is_what_was_said_since_the_last_box() -> None:
    assert read(FLORENCE, f"car{BINS}door handle{BINS}{BINS}") == (
        [
            TextPiece("car"),
            BoxPiece(BIN_BOX, "car", 0, 3),
            TextPiece(", door handle"),
            BoxPiece(BIN_BOX, "door handle", 5, 16),
            BoxPiece(BIN_BOX, "door handle", 5, 16),
        ],
        0,
    )


def test_florences_captions_go_on_behind_a_box() -> None:
    pieces, _ = read(FLORENCE, f"A dog{BINS} barks at a cat {BINS}.")
    assert clean(pieces) == "A dog barks at a cat."
    assert [phrase for phrase, _ in found(pieces)] == ["A dog", "barks at a cat"]


def test_a_box_before_any_words_has_no_phrase() -> None:
    assert read(FLORENCE, BINS) == ([BoxPiece(BIN_BOX)], 0)


def test_what_is_too_long_is_no_label() -> None:
    long = "word " * 60
    assert found(read(FLORENCE, f"{long}{BINS}")[0]) == [(None, BIN_BOX)]
    pieces, _ = read(PALIGEMMA, f"{LOCATIONS} {long}")
    assert clean(pieces).split() == long.split()


@pytest.mark.parametrize(
    ("answer", "text", "malformed"),
    [
        ("car<loc_1><loc_2><loc_3>dog", "cardog", 1),
        ("car<loc_1><loc_2><loc_3><loc_4><loc_5> dog", "car dog", 1),
        ("car<loc_1><loc_2", "car", 1),
        ("car<loc_x> dog", "car<loc_x> dog", 0),
        ("car<loc_1><loc_1><loc_1000><loc_1>dog", "car, dog", 0),
    ],
)
def test_malformed_bins(answer: str, text: str, malformed: int) -> None:
    pieces, counted = read(FLORENCE, answer)
    assert (clean(pieces), counted) == (text, malformed)


@pytest.mark.parametrize(
    ("answer", "text", "malformed"),
    [
        ("<loc0001><loc0002><loc0003> cat", "cat", 1),
        (f"{LOCATIONS} cat ; <loc0001>", "cat", 1),
        (f"{LOCATIONS} cat ; <loc0001> dog", "cat dog", 1),
        ("<location> 3 < 4", "<location> 3 < 4", 0),
    ],
)
def test_malformed_locations(answer: str, text: str, malformed: int) -> None:
    pieces, counted = read(PALIGEMMA, answer)
    assert (clean(pieces), counted) == (text, malformed)
