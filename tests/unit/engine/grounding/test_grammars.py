"""What a grammar lets through is read without a mistake, in every dialect that has one."""

from __future__ import annotations

import random

import pytest

from engine.grounding.codec import DIALECTS, NOTHING, Dialect
from engine.grounding.dialect import Grammar
from tests.support.grammars import writer
from tests.support.readings import clean, found, read

POINTING = [name for name in DIALECTS if name != "plain"]


def readings(dialect: Dialect, kind: Grammar) -> list[tuple[str, int, int]]:
    """Of a few sentences of the grammar: the clean text, the boxes and the malformed ones."""
    grammar = dialect.grammar(kind)
    assert grammar is not None
    write, result = writer(grammar), []
    for seed in range(60):
        pieces, malformed = read(dialect, write(random.Random(seed)))
        result.append((clean(pieces), len(found(pieces)), malformed))
    return result


@pytest.mark.parametrize("name", POINTING)
def test_pointing_is_one_box_or_none(name: str) -> None:
    dialect = DIALECTS[name]
    nothing = NOTHING if dialect.nothing == "[]" else dialect.nothing
    seen = readings(dialect, "box-or-none")
    assert {(boxes, malformed) for _, boxes, malformed in seen} == {(0, 0), (1, 0)}
    assert {text for text, boxes, _ in seen if not boxes} == {nothing}


@pytest.mark.parametrize("name", POINTING)
def test_detection_is_boxes_with_names_or_none(name: str) -> None:
    dialect = DIALECTS[name]
    nothing = NOTHING if dialect.nothing == "[]" else dialect.nothing
    seen = readings(dialect, "phrases-or-none")
    assert all(malformed == 0 for _, _, malformed in seen)
    assert {text for text, boxes, _ in seen if not boxes} == {nothing}
    assert max(boxes for _, boxes, _ in seen) > 1


@pytest.mark.parametrize("name", POINTING)
def test_a_grounded_caption_has_its_boxes(name: str) -> None:
    if name == "paligemma":
        assert DIALECTS[name].grammar("phrases") is None
        return
    seen = readings(DIALECTS[name], "phrases")
    assert all(malformed == 0 for _, _, malformed in seen)
    assert max(boxes for _, boxes, _ in seen) > 1


def test_a_dialect_without_boxes_has_no_grammar() -> None:
    assert DIALECTS["plain"].grammar("box-or-none") is None
