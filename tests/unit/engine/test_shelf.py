"""Bundles of this machine: listed, found by name, shown, verified."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine import shelf
from engine.bundle.checks import CHECKS
from engine.errors import BundleError


@pytest.fixture
def machine(
    tiny_bundle: Path, blind_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A machine with a default bundle, a good one and a broken one installed; its models folder."""
    models = tmp_path / "models"
    shutil.copytree(blind_bundle, models / "talker")
    (models / "broken").mkdir()
    (models / "whisper-tiny.en").mkdir()  # no bundle, and not meant to be one
    (models / "whisper-tiny.en" / "config.json").write_text('{"model_type": "whisper"}')
    (models / ".downloads").mkdir()
    (models / "note.txt").write_text("not a folder")
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(tiny_bundle))
    monkeypatch.setattr("engine.shelf.models_folder", lambda: models)
    monkeypatch.setattr("engine.bundle.hashes.remembered_at", lambda: tmp_path / "hashes.json")
    return models


def test_list_names_the_default_first_and_what_is_broken(machine: Path, tiny_bundle: Path) -> None:
    found = shelf.installed()
    assert [bundle.path for bundle in found] == [
        tiny_bundle,
        machine / "broken",
        machine / "talker",
    ]
    assert [bundle.default for bundle in found] == [True, False, False]
    assert found[0].manifest is not None
    assert found[0].manifest.name == "tiny-efficientnet"
    assert found[1].manifest is None
    assert "has no bundle.json" in str(found[1].error)
    assert found[2].error is None


def test_list_of_a_machine_without_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise BundleError("There is no model.")

    monkeypatch.setattr("engine.shelf.default_bundle", none)
    monkeypatch.setattr("engine.shelf.models_folder", lambda: tmp_path / "absent")
    assert shelf.installed() == ()


def test_whispers_stand_apart(machine: Path) -> None:
    assert shelf.whispers() == (machine / "whisper-tiny.en",)
    assert not shelf.is_whisper(machine / "talker")
    (machine / "talker" / "config.json").write_text('{"model_type": "whisper"}')
    assert not shelf.is_whisper(machine / "talker")
    (machine / "broken" / "config.json").write_text("[")
    assert not shelf.is_whisper(machine / "broken")


def test_installed_at(machine: Path) -> None:
    assert shelf.installed_at("talker") == machine / "talker"
    assert shelf.installed_at("whisper-tiny.en") == machine / "whisper-tiny.en"
    assert shelf.installed_at("broken") is None
    assert shelf.installed_at("talker/../talker") is None


def test_own_models(machine: Path, tiny_bundle: Path) -> None:
    assert shelf.own("talker") == shelf.own("tiny-blind") == machine / "talker"
    assert shelf.own("broken") == machine / "broken"
    for elsewhere in ("tiny-efficientnet", "parrot", "..", str(machine / "talker"), ".downloads"):
        assert shelf.own(elsewhere) is None
    assert shelf.is_default(tiny_bundle) and not shelf.is_default(machine / "talker")


def test_which_whisper_writes_down(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGHTLINE_WHISPER", raising=False)
    for name, size in (("whisper-small", 10), ("whisper-large", 30)):
        (machine / name).mkdir()
        (machine / name / "config.json").write_text('{"model_type": "whisper"}')
        (machine / name / "model.safetensors").write_bytes(bytes(size))
    assert shelf.best_whisper() == machine / "whisper-large"
    assert shelf.find_whisper("whisper-small") == machine / "whisper-small"
    assert shelf.find_whisper(str(machine / "whisper-large")) == machine / "whisper-large"
    with pytest.raises(BundleError, match=r"no Whisper talker; installed are: whisper-large, w"):
        shelf.find_whisper("talker")
    monkeypatch.setenv("SIGHTLINE_WHISPER", str(machine / "whisper-tiny.en"))
    assert shelf.best_whisper() == machine / "whisper-tiny.en"


def test_the_programs_own_whisper_where_none_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGHTLINE_WHISPER", raising=False)
    monkeypatch.setattr("engine.shelf.models_folder", lambda: tmp_path / "absent")
    monkeypatch.setattr("engine.shelf.default_whisper", lambda: tmp_path / "own")
    assert shelf.best_whisper() == tmp_path / "own"


def test_find(machine: Path, tiny_bundle: Path) -> None:
    assert shelf.find(None) == tiny_bundle
    assert shelf.find(str(machine / "talker")) == machine / "talker"
    assert shelf.find("talker") == machine / "talker"
    assert shelf.find("tiny-blind") == machine / "talker"
    with pytest.raises(BundleError, match=r"no bundle parrot; installed are: tiny, broken, talker"):
        shelf.find("parrot")


def test_info_sums_the_files_of_each_part(machine: Path, tiny_bundle: Path) -> None:
    info = shelf.info(tiny_bundle)
    assert list(info.parts) == ["evaluation", "llm", "projector", "vision"]
    assert info.parts["llm"] == (tiny_bundle / "llm.gguf").stat().st_size
    assert sum(info.parts.values()) == info.manifest.size
    assert info.evaluation == {"refer": {"scenes": 0.0}}
    with pytest.raises(BundleError):
        shelf.info(machine / "broken")


def test_verify_ends_with_a_full_load(machine: Path, tiny_bundle: Path) -> None:
    results = list(shelf.verify(tiny_bundle))
    assert [result.name for result in results] == ["manifest", *CHECKS, "load"]
    assert [result.error for result in results if result.error] == []


def test_verify_names_the_first_check_that_fails(machine: Path) -> None:
    (broken,) = shelf.verify(machine / "broken")
    assert broken.name == "manifest"
    assert "has no bundle.json" in str(broken.error)
    (machine / "talker" / "llm.gguf").unlink()
    *before, last = shelf.verify(machine / "talker")
    assert [result.error for result in before] == [None]
    assert last.name == "files"
    assert "llm.gguf is missing" in str(last.error)


def test_verify_trusts_no_remembered_hash(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = machine / "talker" / "evaluation.json"
    content = path.read_bytes()
    path.write_bytes(content.swapcase())
    stamps: list[bool] = []

    def remembered(path: Path, *, fresh: bool = False) -> str:
        stamps.append(fresh)
        return "of an earlier day"

    monkeypatch.setattr("engine.bundle.checks.sha256_of", remembered)
    results = list(shelf.verify(machine / "talker"))
    assert results[-1].name == "hashes"
    assert stamps == [True]
