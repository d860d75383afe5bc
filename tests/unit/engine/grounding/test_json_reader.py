"""Boxes in JSON, whatever else a model writes around them, and JSON that is no box."""

from __future__ import annotations

import pytest

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece, TextPiece
from tests.support.readings import clean, found, read

QWEN = DIALECTS["qwen3-vl"]
GEMMA = DIALECTS["gemma"]
MUG = '{"bbox_2d": [100, 200, 300, 400], "label": "red mug"}'
DOG = '{"label": "dog", "bbox_2d": [500, 100, 900, 800]}'
MUG_BOX, DOG_BOX = Box(0.1, 0.2, 0.3, 0.4), Box(0.5, 0.1, 0.9, 0.8)


def test_clean_text_is_the_labels_as_a_list() -> None:
    answer = f"Here they are:\n```json\n[\n\t{MUG},\n\t{DOG}\n]\n```\nThe mug is full."
    assert read(QWEN, answer) == (
        [
            TextPiece("Here they are:\nred mug"),
            BoxPiece(MUG_BOX, "red mug", 15, 22),
            TextPiece(", dog"),
            BoxPiece(DOG_BOX, "dog", 24, 27),
            TextPiece("\nThe mug is full."),
        ],
        0,
    )


def test_a_label_that_comes_again_is_said_once() -> None:
    pieces, _ = read(QWEN, f"[{MUG}, {DOG}, {MUG.replace('100', '150')}]")
    assert clean(pieces) == "red mug, dog"
    assert [phrase for phrase, _ in found(pieces)] == ["red mug", "dog", "red mug"]


@pytest.mark.parametrize("answer", [MUG, f"[{MUG}]", f"```json\n{MUG}\n```", f"```\n[{MUG}]```"])
def test_one_object_needs_no_list_and_no_fence(answer: str) -> None:
    assert read(QWEN, answer) == (
        [TextPiece("red mug"), BoxPiece(MUG_BOX, "red mug", 0, 7)],
        0,
    )


def test_objects_without_a_list_and_without_labels() -> None:
    bare = '{"bbox_2d": [100, 200, 300, 400]}'
    assert read(QWEN, bare) == ([BoxPiece(MUG_BOX)], 0)
    assert read(QWEN, f"what is {bare}, {bare}") == (
        [TextPiece("what is "), BoxPiece(MUG_BOX), BoxPiece(MUG_BOX)],
        0,
    )


def test_either_kind_of_quotes_and_escapes() -> None:
    answer = r"""[{'bbox_2d': [1.5, 2e1, -3, 4], 'label': 'it\'s'}, {"label": "\"a\"\n\u00e9 \ud83d\ude00", "bbox_2d": [1, 2, 3, 4]}]"""  # noqa: E501
    pieces, malformed = read(QWEN, answer)
    assert (clean(pieces), malformed) == ('it\'s, "a" é 😀', 0)
    assert found(pieces)[0][1] == Box(0, 0.004, 0.0015, 0.02)


def test_several_boxes_in_one_object() -> None:
    pieces, malformed = read(QWEN, '{"bbox_2d": [[1,2,3,4],[5,6,7,8]], "label": "two"}')
    assert malformed == 0 and [phrase for phrase, _ in found(pieces)] == ["two", "two"]


def test_points_are_small_boxes() -> None:
    assert found(read(QWEN, '[{"point_2d": [500, 250], "label": "tip"}]')[0]) == [
        ("tip", Box(0.49, 0.24, 0.51, 0.26))
    ]
    assert found(read(GEMMA, '[{"point": [250, 500], "label": "tip"}]')[0]) == [
        ("tip", Box(0.49, 0.24, 0.51, 0.26))
    ]


@pytest.mark.parametrize(
    "answer", ["[]", " [ ]\n", "```json\n[]\n```", '[{"bbox_2d": null, "label": "cat"}]']
)
def test_an_empty_list_is_nothing(answer: str) -> None:
    assert read(QWEN, answer) == ([TextPiece("none")], 0)


@pytest.mark.parametrize(
    "answer",
    [
        "[] is an empty list",
        "x = [1, 2, {'a': 1}]",
        '```python\nx = [{"a": 1}]\nprint(x)\n```',
        '{"name": "Ann", "age": [1, 2]} and `code`',
        "see [1] and [refer], {x}, {} or [[",
        '[{"label": {"deep": 1}}]',
        '{"label": "no box here"}',
        "a ``` b",
        '{"a": "' + "b" * 300,
    ],
)
def test_other_brackets_come_through(answer: str) -> None:
    assert read(QWEN, answer) == ([TextPiece(answer)], 0)


@pytest.mark.parametrize(
    ("answer", "text", "boxes", "malformed"),
    [
        (f'[{{"bbox_2d": [1, 2, 3], "label": "cat"}}, {MUG}]', "cat, red mug", 1, 1),
        (f'[{{"bbox_2d": [1, "2", 3, 4], "label": "cat"}}, {MUG}]', "red mug", 1, 1),
        (f'[{{"bbox_2d": [1, 2, 3, 4, 5]}}, {MUG}]', "red mug", 1, 1),
        (f'[{MUG}, {{"label": "cat"}}]', "red mug, cat", 1, 1),
        ('[{"bbox_2d": [1, 2 The mug is red', "The mug is red", 0, 1),
        (f'[{{"bbox_2d": [1, 2, {MUG}]', "red mug", 1, 1),
        ('{"bbox_2d": [100, 200, 300, 400], "label": "a" oops}. So', "a. So", 1, 0),
        ('{"bbox_2d": "100 200"} So', "So", 0, 1),
        ('{"bbox_2d": [1e999, nan, 3, 4]}', "", 0, 1),
    ],
)
def test_malformed_objects_are_counted_and_the_rest_is_read(
    answer: str, text: str, boxes: int, malformed: int
) -> None:
    pieces, counted = read(QWEN, answer)
    assert (clean(pieces), len(found(pieces)), counted) == (text, boxes, malformed)


@pytest.mark.parametrize(
    ("answer", "text", "boxes", "malformed"),
    [
        ("```json\n[\n", "", 0, 0),
        ('[{"bbox_2d": [100, 2', "", 0, 1),
        ('[{"bbox_2d": [100, 200, 300, 400], "label": "red m', "red m", 1, 0),
        ('[{"label": "red m', "red m", 0, 1),
        (f"[{MUG}, {{", "red mug", 1, 0),
        (f"```json\n[{MUG}\n]\n``", "red mug", 1, 0),
        ('{"a": 1', '{"a": 1', 0, 0),
    ],
)
def test_an_answer_may_end_anywhere(answer: str, text: str, boxes: int, malformed: int) -> None:
    pieces, counted = read(QWEN, answer)
    assert (clean(pieces), len(found(pieces)), counted) == (text, boxes, malformed)
    assert read(QWEN, answer, cut=True)[1] == 0


def test_a_box_is_given_as_soon_as_its_object_ends() -> None:
    reader = QWEN.reader()
    assert reader.feed(f"```json\n[{MUG[:-1]}") == []
    assert reader.feed("}") == [TextPiece("red mug"), BoxPiece(MUG_BOX, "red mug", 0, 7)]
