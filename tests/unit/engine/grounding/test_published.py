"""Answers as the models' own papers and cards show them, read as other programs read them."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.grounding.codec import DIALECTS, sized
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece
from tests.support.readings import clean, found, read

edges = st.floats(min_value=0, max_value=1)
boxes = st.builds(Box.tidy, edges, edges, edges, edges)
labels = st.sampled_from(["red mug", "dog", "a man in a hat", "sofa", "Hund"])
entries = st.lists(st.tuples(labels, boxes), min_size=1, max_size=6)


def near(ours: list[tuple[str | None, Box]], theirs: list[tuple[str, list[float]]]) -> bool:
    """Whether both have the same labels and boxes, one by one."""
    return [label for label, _ in ours] == [label for label, _ in theirs] and all(
        box.as_list() == pytest.approx(other, abs=1e-6)
        for (_, box), (_, other) in zip(ours, theirs, strict=True)
    )


def test_kosmos_2_is_read_as_transformers_reads_it() -> None:
    from transformers.models.kosmos2 import processing_kosmos2 as theirs

    kosmos = DIALECTS["kosmos-2"]
    text = (
        "<grounding> An image of<phrase> a snowman</phrase><object><patch_index_0044>"
        "<patch_index_0863></object> warming himself by<phrase> two fires</phrase><object>"
        "<patch_index_0005><patch_index_0911></delimiter_of_multi_objects/><patch_index_0100>"
        "<patch_index_0110></object>."
    )
    words, entities = theirs.clean_text_and_extract_entities_with_bboxes(text)
    pieces, malformed = read(kosmos, text)
    assert (clean(pieces), malformed) == (words, 0)
    assert near(found(pieces), [(name, list(box)) for name, _, many in entities for box in many])
    spans = {(piece.start, piece.end) for piece in pieces if isinstance(piece, BoxPiece)}
    assert spans == {span for _, span, _ in entities}


@settings(deadline=None, derandomize=True, max_examples=100)
@given(box=boxes)
def test_kosmos_2_is_written_as_transformers_writes_it(box: Box) -> None:
    from transformers.models.kosmos2 import processing_kosmos2 as theirs

    # Theirs wants a box with an area, and makes cell -1 of an edge at 0 and 32 of one at 1.
    if 1e-3 < box.x2 > box.x1 < 0.999 and 1e-3 < box.y2 > box.y1 < 0.999:
        cells = theirs.coordinate_to_patch_index(tuple(box.as_list()), 32)
        written = "".join(f"<patch_index_{cell:04}>" for cell in cells)
        kosmos = DIALECTS["kosmos-2"]
        assert kosmos.box(box) == f"<object>{written}</object>"
        (back,) = (box for _, box in found(read(kosmos, kosmos.box(box))[0]))
        assert back.as_list() == pytest.approx(theirs.patch_index_to_coordinate(*cells, 32))


@settings(deadline=None, derandomize=True, max_examples=40)
@given(listed=entries)
def test_florence_2_is_read_and_written_as_transformers_does_it(
    listed: list[tuple[str, Box]],
) -> None:
    import torch
    from transformers.models.florence2.processing_florence2 import Florence2PostProcessor

    theirs = Florence2PostProcessor(None, SimpleNamespace(all_special_tokens=[]))
    florence, size = DIALECTS["florence-2"], (1_000_000, 1_000_000)
    answer = florence.phrases([(label, [box]) for label, box in listed])
    pieces, malformed = read(florence, answer)
    parsed = theirs.parse_description_with_bboxes_from_text_and_spans(answer, size)
    assert malformed == 0
    assert near(
        found(pieces), [(item["cat_name"], [n / 1e6 for n in item["bbox"]]) for item in parsed]
    )
    for _, box in listed:
        # They round towards zero in float32, where an edge on a boundary may go either way.
        bins = theirs.quantize(torch.tensor([box.as_list()]) * 1e6, size)[0].tolist()
        ours = map(int, re.findall(r"\d+", florence.box(box)))
        assert all(abs(a - b) <= 1 for a, b in zip(ours, bins, strict=True))


@pytest.mark.parametrize(
    ("name", "key", "y_first"),
    [("qwen2.5-vl", "bbox_2d", False), ("qwen3-vl", "bbox_2d", False), ("gemma", "box_2d", True)],
)
@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    listed=entries,
    indent=st.sampled_from([None, 0, 1, 4, "\t"]),
    separators=st.sampled_from([(",", ":"), (", ", ": ")]),
    label_first=st.booleans(),
    extra=st.booleans(),
    fence=st.sampled_from(["%s", "```json\n%s\n```", "```\n%s\n```", "```json%s```"]),
)
def test_json_is_read_however_it_is_laid_out(
    name: str,
    key: str,
    y_first: bool,
    listed: list[tuple[str, Box]],
    indent: int | str | None,
    separators: tuple[str, str],
    label_first: bool,
    extra: bool,
    fence: str,
) -> None:
    """Python's own JSON on one side, the reader on the other."""
    dialect = sized(DIALECTS[name], (1000, 1000))
    objects, expected = [], []
    for label, box in listed:
        numbers = [round(edge * 1000) for edge in box.as_list()]
        expected.append((label, [number / 1000 for number in numbers]))
        x1, y1, x2, y2 = numbers
        pairs: list[tuple[str, object]] = [
            (key, [y1, x1, y2, x2] if y_first else numbers),
            ("label", label),
        ]
        pairs = pairs[::-1] if label_first else pairs
        objects.append(dict([*pairs, *([("score", 0.5), ("type", "x")] if extra else [])]))
    answer = fence % json.dumps(objects, indent=indent, separators=separators)
    pieces, malformed = read(dialect, answer)
    assert malformed == 0
    assert near(found(pieces), expected)
    assert clean(pieces) == ", ".join(dict.fromkeys(label for label, _ in listed))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(listed=entries)
def test_paligemma_is_four_locations_over_1024_y_first(listed: list[tuple[str, Box]]) -> None:
    paligemma = DIALECTS["paligemma"]
    answer = paligemma.phrases([(label, [box]) for label, box in listed])
    expected = []
    for entry in answer.split(" ; "):
        numbers = [int(number) / 1024 for number in re.findall(r"<loc(\d{4})>", entry)]
        y1, x1, y2, x2 = numbers
        expected.append((entry.rpartition(">")[2].strip(), [x1, y1, x2, y2]))
    pieces, malformed = read(paligemma, answer)
    assert malformed == 0 and near(found(pieces), expected)
    assert clean(pieces) == ", ".join(dict.fromkeys(label for label, _ in listed))


@pytest.mark.parametrize(
    ("name", "answer", "text", "boxes"),
    [
        (
            "qwen-vl",
            "<ref>上海环球金融中心</ref><box>(667,437),(760,874)</box>和<ref>东方明珠</ref>"
            "<box>(506,75),(582,946)</box>",
            "上海环球金融中心和东方明珠",
            [
                ("上海环球金融中心", Box(0.667, 0.437, 0.76, 0.874)),
                ("东方明珠", Box(0.506, 0.075, 0.582, 0.946)),
            ],
        ),
        (
            "qwen2-vl",
            "<|object_ref_start|>the eyes on a giraffe<|object_ref_end|><|box_start|>(176,106),"
            "(232,160)<|box_end|>",
            "the eyes on a giraffe",
            [("the eyes on a giraffe", Box(0.176, 0.106, 0.232, 0.16))],
        ),
        (
            "internvl",
            "<ref>the middle leopard</ref><box>[[395, 306, 629, 709]]</box>",
            "the middle leopard",
            [("the middle leopard", Box(0.395, 0.306, 0.629, 0.709))],
        ),
        (
            "cogvlm",
            "[[130,102,425,987]]",
            "",
            [(None, Box(0.13, 0.102, 0.425, 0.987))],
        ),
        (
            "cogvlm",
            "A man [[130,102,425,987]] sits with dogs [[010,020,300,400;500,000,999,999]].",
            "A man sits with dogs.",
            [
                (None, Box(0.13, 0.102, 0.425, 0.987)),
                (None, Box(0.01, 0.02, 0.3, 0.4)),
                (None, Box(0.5, 0.0, 0.999, 0.999)),
            ],
        ),
        (
            "deepseek-vl2",
            "<|ref|>The giraffe at the back.<|/ref|><|det|>[[580, 270, 999, 900]]<|/det|>",
            "The giraffe at the back.",
            [("The giraffe at the back.", Box(580 / 999, 270 / 999, 1.0, 900 / 999))],
        ),
        (
            "molmo",
            'Counting the <points x1="10.0" y1="20.0" x2="30.5" y2="40.0" alt="dogs">dogs</points>'
            " shows a total of 2.",
            "Counting the dogs shows a total of 2.",
            [("dogs", Box(0.09, 0.19, 0.11, 0.21)), ("dogs", Box(0.295, 0.39, 0.315, 0.41))],
        ),
    ],
)
def test_answers_that_were_published(
    name: str, answer: str, text: str, boxes: list[tuple[str | None, Box]]
) -> None:
    pieces, malformed = read(DIALECTS[name], answer)
    assert (clean(pieces), malformed) == (text, 0)
    assert [phrase for phrase, _ in found(pieces)] == [phrase for phrase, _ in boxes]
    for (_, ours), (_, theirs) in zip(found(pieces), boxes, strict=True):
        assert ours.as_list() == pytest.approx(theirs.as_list())
