from __future__ import annotations

from pathlib import Path

import pytest

from engine.bench import inside
from engine.bench.question import make_picture
from engine.bundle import Bundle
from engine.bundle.importing import import_gguf
from tests.support.tiny_mtmd import PAIRS


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "REPEATS", 1)


def test_figures_of_a_model_with_eyes(tiny_bundle: Path, tmp_path: Path) -> None:
    figures = inside.figures(Bundle.open(tiny_bundle), make_picture(tmp_path / "p.png"))
    assert figures["second_question"]["pictures_encoded_again"] == 0
    assert figures["second_question"]["prefix_reused"] >= 0.95
    rows = figures["prefill_picture"]
    assert rows["rows"] > 0
    assert rows["places"] > rows["rows"]
    for name in ("decode", "prefill_tokens", "prefill_picture"):
        assert figures[name]["ratio"] > 0


def test_figures_of_a_model_with_ears(hearing_bundle: Path, tmp_path: Path) -> None:
    figures = inside.figures(Bundle.open(hearing_bundle), make_picture(tmp_path / "p.png"))
    speech = figures["answer_to_speech"]
    assert speech["seconds"] == 5
    assert speech["rows"] == pytest.approx(5 / 0.08, abs=2)
    assert speech["ratio"] > 0


def test_figures_of_a_blind_model(blind_bundle: Path, tmp_path: Path) -> None:
    figures = inside.figures(Bundle.open(blind_bundle), tmp_path / "never.png")
    assert {"decode", "prefill_tokens"} <= set(figures)
    assert not {"second_question", "answer_to_speech"} & set(figures)


@pytest.mark.parametrize("name", ["qwen2.5-vl", "gemma-3", "ultravox"])
def test_figures_of_a_model_with_an_mmproj_file(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name](tmp_path / "files")
    bundle = import_gguf(pair.gguf, pair.mmproj, into=tmp_path / "models")
    figures = inside.figures(bundle, make_picture(tmp_path / "p.png"))
    assert figures["decode"]["ratio"] > 0
    if not bundle.manifest.sees:
        assert "second_question" not in figures
        return
    second = figures["second_question"]
    assert second["pictures_encoded_again"] == 0
    assert second["ratio"] > 0
    assert second["chat_handler_takes_times"] > 1
