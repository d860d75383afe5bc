"""What is found out about the models of a machine without loading them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import cli
from engine.bundle import default_bundle, read_manifest, write_bundle
from engine.inventory import Gpu, Inventory, Measured
from engine.llama import native
from engine.llama.model import Model
from engine.plain import from_plain
from engine.survey import survey
from tests.support.tiny_bundle import make_tiny_bundle

FIGURE = {"name": "refer", "pictures": "scenes", "figure": "IoU 0.5", "value": 0.5, "n": 60}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three bundles: one with eyes and figures, one cut short, one that is none."""
    models = tmp_path / "models"
    seeing = make_tiny_bundle(models / "seeing").path
    (seeing / "evaluation.json").write_text(json.dumps({"results": [FIGURE, "?"]}))
    write_bundle(seeing, read_manifest(seeing))
    cut = make_tiny_bundle(models / "cut", eyes="blind").path
    (cut / "llm.gguf").write_bytes(b"GGUF")
    (models / "nothing").mkdir()
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(seeing))
    monkeypatch.setattr("engine.shelf.models_folder", lambda: models)
    return models


def test_each_model_is_described_or_says_why_not(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["models", "list", "--json"]) == 0
    there = from_plain(Inventory, json.loads(capsys.readouterr().out))
    seeing, cut, nothing = there.models
    assert (seeing.path, seeing.default, seeing.error) == (default_bundle(), True, None)
    assert seeing.weights == (seeing.path / "llm.gguf").stat().st_size
    assert seeing.size > seeing.weights
    # Half precision in the file, single in memory.
    weights = (seeing.path / "vision" / "model.safetensors").stat().st_size
    assert seeing.encoders > 1.9 * weights
    assert (seeing.sees, seeing.hears) == (True, False)
    model = Model(seeing.path / "llm.gguf")
    assert seeing.cache == model.cache_bytes_per_token
    model.close()
    assert seeing.measured == (Measured("refer", "scenes", "IoU 0.5", 0.5, 60),)
    assert "llm.gguf is damaged" in str(cut.error)
    assert "has no bundle.json" in str(nothing.error)


def test_ears_are_told_of_and_take_memory(
    hearing_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(hearing_bundle))
    model = survey().models[0]
    assert (model.sees, model.hears) == (True, True)
    parts = ("speech/model.safetensors", "vision/model.safetensors")
    speech, vision = ((hearing_bundle / part).stat().st_size for part in parts)
    assert model.encoders > 1.9 * vision + 0.9 * speech


def test_a_device_with_memory_of_its_own_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_GPU", 0)  # ggml's number of the processor, which is always there
    found = native.gpus()
    assert [type(device) for device in found] == [Gpu]
    assert found[0].name and 0 < found[0].free <= found[0].total


def test_figures_of_an_unknown_form_are_left_out(blind_bundle: Path, machine: Path) -> None:
    (machine / "nothing").rmdir()
    blind_bundle_copy = machine / "old"
    blind_bundle_copy.symlink_to(blind_bundle)
    old = next(model for model in survey().models if model.path == blind_bundle_copy)
    assert (old.error, old.measured, old.encoders) == (None, (), 0)
