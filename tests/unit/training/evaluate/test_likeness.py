from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from engine.bundle import read_manifest
from training.data.plain import PlainAnswer
from training.evaluate.likeness import compare, likelihood, log_probability


def test_the_probability_is_softmax() -> None:
    logits = np.array([0.0, math.log(3.0), 1000.0], dtype=np.float32)
    assert log_probability(logits, 2) == pytest.approx(0.0)
    assert log_probability(logits[:2], 1) == pytest.approx(math.log(3 / 4), abs=1e-6)
    assert log_probability(logits[:2], 0) == pytest.approx(math.log(1 / 4), abs=1e-6)


def test_the_difference_is_a_share_of_the_base() -> None:
    found = compare([-0.4, -0.6], [-0.5, -0.55])
    assert found == pytest.approx({"difference": 0.05, "base": -0.5, "bundle": -0.525})


def test_a_model_is_like_itself_and_answers_differ(blind_bundle: Path) -> None:
    manifest = read_manifest(blind_bundle)
    answers = [PlainAnswer("hello", "the dog"), PlainAnswer("hello", "\x7f\x7f\x7f")]
    path = blind_bundle / "llm.gguf"
    first, second = likelihood(path, manifest, answers), likelihood(path, manifest, answers)
    assert first == pytest.approx(second, abs=1e-4)
    assert all(value < 0 for value in first)
    assert first[0] != pytest.approx(first[1], abs=0.01)
