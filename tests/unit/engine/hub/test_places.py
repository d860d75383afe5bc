"""Where downloads lie, what the catalogue says is there, and how a model goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalogue import entries
from engine.errors import BundleError
from engine.hub.places import catalogue, download_folder, downloaded, remove


def test_the_catalogue_says_what_is_there(models: Path) -> None:
    assert [offer.name for offer in catalogue().models] == list(entries())
    assert all(offer.installed is None and offer.kept == 0 for offer in catalogue().models)
    (models / "whisper-small").mkdir(parents=True)
    (models / "whisper-small" / "config.json").write_text('{"model_type": "whisper"}')
    kept = download_folder("qwen3-vl-2b") / "commit" / "deep"
    kept.mkdir(parents=True)
    (kept / "a.gguf.part").write_bytes(bytes(77))
    offers = {offer.name: offer for offer in catalogue().models}
    assert offers["whisper-small"].installed == models / "whisper-small"
    assert offers["qwen3-vl-2b"].kept == 77
    assert offers["qwen3-vl-2b"].size == entries()["qwen3-vl-2b"].size


def test_downloaded(models: Path) -> None:
    assert downloaded("owl") is None
    download_folder("owl").mkdir(parents=True)
    assert downloaded("owl") == download_folder("owl")
    for outside in ("", ".", "..", "../owl", "owl/../owl"):
        assert downloaded(outside) is None


def test_remove(models: Path, tmp_path: Path) -> None:
    (models / "owl" / "deep").mkdir(parents=True)
    (models / "owl" / "deep" / "a.gguf").write_bytes(b"x")
    remove(models / "owl")
    assert list(models.iterdir()) == []
    with pytest.raises(BundleError, match="owl can't be removed"):
        remove(models / "owl")
    # A link goes, what it leads to stays.
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.gguf").write_bytes(b"x")
    (models / "owl").symlink_to(tmp_path / "mine")
    remove(models / "owl")
    assert list(models.iterdir()) == [] and (tmp_path / "mine" / "a.gguf").exists()
