"""Boxes to text and back, pinned to the published spellings."""

from __future__ import annotations

from engine.grounding.codec import DIALECTS, detections, with_boxes
from engine.grounding.geometry import Box

MINIGPT = DIALECTS["minigpt-v2"]
SHIKRA = DIALECTS["shikra"]
CUP = Box(0.123, 0.456, 0.789, 1.0)
DOT = Box(0.0, 0.005, 0.995, 0.5)


def test_minigpt_writes_whole_percents_in_braces() -> None:
    assert MINIGPT.box(CUP) == "{<12><46><79><100>}"
    assert MINIGPT.boxes([CUP, DOT]) == "{<12><46><79><100>}<delim>{<0><1><100><50>}"
    assert MINIGPT.phrase("a cup", [CUP]) == "<p>a cup</p> {<12><46><79><100>}"


def test_shikra_writes_three_decimals_behind_the_words() -> None:
    assert SHIKRA.box(CUP) == "[0.123,0.456,0.789,1.000]"
    assert SHIKRA.boxes([CUP, DOT]) == "[0.123,0.456,0.789,1.000;0.000,0.005,0.995,0.500]"
    assert SHIKRA.phrase("a cup", [CUP]) == "a cup[0.123,0.456,0.789,1.000]"


def test_edges_are_clamped_when_written() -> None:
    assert MINIGPT.box(Box(-0.2, 0.0, 0.5, 1.7)) == "{<0><0><50><100>}"


def test_words_without_boxes_stay_bare() -> None:
    assert MINIGPT.phrase("a cup", []) == "a cup"
    assert SHIKRA.boxes([]) == ""


def test_clean_text_gets_its_boxes_back() -> None:
    phrases = [(9, 14, [DOT]), (0, 5, [CUP, DOT]), (2, 5, [CUP]), (6, 8, [])]
    assert with_boxes(MINIGPT, "a cat on a mat.", phrases) == (
        "<p>a cat</p> {<12><46><79><100>}<delim>{<0><1><100><50>} on "
        "<p>a mat</p> {<0><1><100><50>}."
    )
    assert (
        with_boxes(SHIKRA, "a cat sits", [(0, 5, [DOT])]) == "a cat[0.000,0.005,0.995,0.500] sits"
    )


def test_boxes_without_words_come_last() -> None:
    assert with_boxes(MINIGPT, "", [], [CUP]) == "{<12><46><79><100>}"
    assert with_boxes(MINIGPT, "here:", [], [CUP]) == "here: {<12><46><79><100>}"
    assert with_boxes(MINIGPT, "none", []) == "none"


def test_a_detection_answer_leaves_out_what_was_not_found() -> None:
    found = [("sofa", [CUP, DOT]), ("cat", []), ("dog", [CUP])]
    assert detections(MINIGPT, found) == (
        "<p>sofa</p> {<12><46><79><100>}<delim>{<0><1><100><50>}, <p>dog</p> {<12><46><79><100>}"
    )
    assert detections(MINIGPT, [("cat", [])]) == "none"


def test_the_refer_grammar_is_one_box_or_none() -> None:
    assert (MINIGPT.grammar("box-or-none") or "") == (
        'root ::= " "? ( "none" | box )\n'
        'number ::= "100" | [1-9]? [0-9]\n'
        'box ::= "{<" number "><" number "><" number "><" number ">}"'
    )
    assert (SHIKRA.grammar("box-or-none") or "").splitlines()[
        0
    ] == 'root ::= " "? ( "none" | "[" box "]" )'


def test_the_detection_grammar_is_phrases_or_none() -> None:
    assert (MINIGPT.grammar("phrases-or-none") or "").splitlines() == [
        'root ::= " "? ( "none" | phrase ( ", " phrase ){0,11} )',
        'number ::= "100" | [1-9]? [0-9]',
        'box ::= "{<" number "><" number "><" number "><" number ">}"',
        'list ::= box ( "<delim>" box ){0,11}',
        'phrase ::= "<p>" word+ "</p> " list',
        r"word ::= [^<>{}\[\]]",
    ]


def test_a_grounded_caption_mixes_words_and_phrases() -> None:
    assert (MINIGPT.grammar("phrases") or "").startswith(
        "root ::= ( phrase | word ) word* ( phrase word* ){0,11}\n"
    )
    assert 'list ::= box ( "<delim>" box ){0,3}\n' in (MINIGPT.grammar("phrases") or "")
    assert (SHIKRA.grammar("phrases") or "").startswith(
        "root ::= ( list | word ) word* ( list word* ){0,11}\n"
    )
