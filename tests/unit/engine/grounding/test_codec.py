"""Boxes to text and back, pinned to the published spellings."""

from __future__ import annotations

import pytest

from engine.grounding.codec import DIALECTS, boxes_in, detections, sized, with_boxes
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


def test_llava_writes_fractions_as_python_does() -> None:
    llava = DIALECTS["llava"]
    assert llava.box(CUP) == "[0.12, 0.46, 0.79, 1.0]"
    assert llava.box(Box(0.28, 0.34, 0.4, 0.71)) == "[0.28, 0.34, 0.4, 0.71]"
    assert boxes_in("[0.28, 0.34, 0.4, 0.71]", llava) == [Box(0.28, 0.34, 0.4, 0.71)]


WRITTEN = {
    "kosmos-2": (
        "<phrase>a cup</phrase><object><patch_index_0451><patch_index_1017>"
        "</delimiter_of_multi_objects/><patch_index_0000><patch_index_0511></object>"
    ),
    "qwen-vl": "<ref>a cup</ref><box>(123,456),(789,1000)</box><box>(0,5),(995,500)</box>",
    "qwen2-vl": (
        "<|object_ref_start|>a cup<|object_ref_end|><|box_start|>(123,456),(789,1000)<|box_end|>"
        "<|box_start|>(0,5),(995,500)<|box_end|>"
    ),
    "qwen3-vl": (
        '```json\n[\n\t{"bbox_2d": [123, 456, 789, 1000], "label": "a cup"},\n'
        '\t{"bbox_2d": [0, 5, 995, 500], "label": "a cup"}\n]\n```'
    ),
    "paligemma": (
        "<loc0467><loc0126><loc1023><loc0808> a cup ; <loc0005><loc0000><loc0512><loc1019> a cup"
    ),
    "florence-2": ("a cup<loc_123><loc_456><loc_789><loc_999><loc_0><loc_5><loc_995><loc_500>"),
    "internvl": "<ref>a cup</ref><box>[[123, 456, 789, 1000], [0, 5, 995, 500]]</box>",
    "cogvlm": "a cup[[123,456,789,999;000,005,995,500]]",
    "deepseek-vl2": ("<|ref|>a cup<|/ref|><|det|>[[123, 456, 788, 999], [0, 5, 994, 500]]<|/det|>"),
    "gemma": (
        '```json\n[\n\t{"box_2d": [456, 123, 1000, 789], "label": "a cup"},\n'
        '\t{"box_2d": [5, 0, 500, 995], "label": "a cup"}\n]\n```'
    ),
    "molmo": '<points x1="45.6" y1="72.8" x2="49.8" y2="25.3" alt="a cup">a cup</points>',
    "plain": "a cup",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_other_dialect_writes_as_its_models_do(name: str) -> None:
    dialect = DIALECTS[name]
    assert dialect.phrase("a cup", [CUP, DOT]) == WRITTEN[name]
    assert dialect.phrase("a cup", []) == "a cup"
    assert dialect.boxes([]) == ""


def test_markers_are_the_tokens_of_a_dialect() -> None:
    assert DIALECTS["minigpt-v2"].markers == DIALECTS["qwen3-vl"].markers == ()
    assert DIALECTS["qwen2-vl"].markers == (
        "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>",
    )  # fmt: skip
    assert len(DIALECTS["paligemma"].markers) == 1024
    assert DIALECTS["florence-2"].markers[999] == "<loc_999>"
    assert "<patch_index_0044>" in DIALECTS["kosmos-2"].markers


def test_a_list_in_json_has_one_pair_of_brackets() -> None:
    qwen = DIALECTS["qwen3-vl"]
    assert detections(qwen, [("sofa", [CUP]), ("cat", []), ("dog", [DOT])]) == (
        '```json\n[\n\t{"bbox_2d": [123, 456, 789, 1000], "label": "sofa"},\n'
        '\t{"bbox_2d": [0, 5, 995, 500], "label": "dog"}\n]\n```'
    )
    assert detections(qwen, [("cat", [])]) == "[]"
    assert detections(DIALECTS["molmo"], []) == "There are none."


def test_clean_text_of_a_list_becomes_the_list_again() -> None:
    qwen = DIALECTS["qwen3-vl"]
    listed = detections(qwen, [("sofa", [CUP]), ("dog", [DOT])])
    assert with_boxes(qwen, "sofa, dog", [(0, 4, [CUP]), (6, 9, [DOT])]) == listed
    assert with_boxes(qwen, "I see a sofa", [(8, 12, [CUP])], [DOT]) == (
        'I see a\n```json\n[\n\t{"bbox_2d": [123, 456, 789, 1000], "label": "sofa"},\n'
        '\t{"bbox_2d": [0, 5, 995, 500]}\n]\n```'
    )
    assert with_boxes(qwen, "none", []) == "[]"


def test_pixels_are_not_made_up() -> None:
    """Without the size that the model saw, a person's box can't be written in its dialect."""
    unsized = DIALECTS["qwen2.5-vl"]
    assert with_boxes(unsized, "a cat", [(0, 5, [CUP])]) == "a cat"
    assert with_boxes(sized(unsized, (280, 560)), "a cat", [(0, 5, [CUP])]) == (
        '```json\n[\n\t{"bbox_2d": [34, 255, 221, 560], "label": "a cat"}\n]\n```'
    )


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
