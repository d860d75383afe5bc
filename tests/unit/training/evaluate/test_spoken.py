from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.grounding.geometry import Box
from engine.types import GroundedBox
from tests.unit.training.evaluate.conftest import Scripted
from training.evaluate.asking import Kept
from training.evaluate.benchmark import Reply
from training.evaluate.hearing import Slice
from training.evaluate.material import EvaluateConfig, Material
from training.evaluate.spoken import same, spoken_equals_typed

pytestmark = pytest.mark.usefixtures("no_synthesizer")

BOX = GroundedBox(Box(0.1, 0.2, 0.5, 0.6), "dog")


def test_answers_are_one_where_text_and_boxes_are_identical() -> None:
    reply = Reply("a dog", (BOX,))
    assert same(reply, Reply("a dog", (BOX,), malformed=1))
    assert not same(reply, Reply("a dog."))
    assert not same(reply, Reply("a dog", (BOX, BOX)))
    moved = dataclasses.replace(BOX, box=Box(0.1, 0.2, 0.5, 0.61))
    assert not same(reply, Reply("a dog", (moved,)))
    assert not same(Reply("", error="no memory"), Reply("", error="no memory"))


@pytest.fixture
def material(config: EvaluateConfig) -> Material:
    return Material.open(config)


@pytest.fixture
def cases(config: EvaluateConfig, material: Material) -> EvaluateConfig:
    """Four cases of each benchmark, whichever tasks are chosen."""
    return dataclasses.replace(config, n=4 * len(material.every))


def a_slice(tmp_path: Path, late: Callable[[], bool] = lambda: False) -> Slice:
    return Slice(kept=Kept.open(tmp_path / "replies.jsonl"), folder=tmp_path, late=late)


def test_every_task_that_takes_words_is_asked_in_both_ways(
    material: Material, cases: EvaluateConfig, tmp_path: Path
) -> None:
    engine = Scripted()
    (row,) = spoken_equals_typed(engine, material, cases, a_slice(tmp_path))
    assert (row.name, row.pictures) == ("spoken equals typed", "scenes and photographs")
    assert (row.figure, row.value, row.aim, row.reached) == ("same answer", 1.0, 0.9, True)
    assert row.n == engine.asked.count(None) == len(engine.asked) / 2
    assert {"refer", "identify", "existence", "counting", "refer: phrases"} <= set(row.others)
    assert "caption: people's" not in row.others  # nothing is said there
    assert list(tmp_path.glob("*.wav")) == []


def test_what_was_misheard_makes_the_difference(
    material: Material, cases: EvaluateConfig, tmp_path: Path
) -> None:
    engine = Scripted(deaf_to="many")
    (row,) = spoken_equals_typed(engine, material, cases, a_slice(tmp_path))
    assert row.others["counting"] < row.others["identify"] == 1.0
    assert row.others["counting"] < row.value < 1.0


def test_a_slice_goes_on_where_the_last_one_ended(
    material: Material, cases: EvaluateConfig, tmp_path: Path
) -> None:
    engine = Scripted()
    turns = iter([False, False, True])
    (part,) = spoken_equals_typed(engine, material, cases, a_slice(tmp_path, lambda: next(turns)))
    before = len(engine.asked)
    (whole,) = spoken_equals_typed(engine, material, cases, a_slice(tmp_path))
    assert 0 < part.n < whole.n
    assert len(engine.asked) == 2 * whole.n > before
    assert spoken_equals_typed(engine, material, cases, a_slice(tmp_path)) == [whole]
    assert len(engine.asked) == 2 * whole.n
    empty = a_slice(tmp_path / "other", lambda: True)
    assert spoken_equals_typed(engine, material, cases, empty) == []


def test_what_was_typed_before_is_not_typed_again(
    material: Material, cases: EvaluateConfig, tmp_path: Path
) -> None:
    slice_ = a_slice(tmp_path)
    said = material.plans(material.every, n=4, seed=cases.seed, fits=lambda q: bool(q.words))
    for _, plan in said:
        for key in plan:
            slice_.kept.add(key, Reply("something else"))
    engine = Scripted()
    (row,) = spoken_equals_typed(engine, material, cases, slice_)
    assert row.value == 0.0
    assert engine.asked == [None] * row.n
