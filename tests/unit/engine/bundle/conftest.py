"""A bundle of one's own to break, and a cache of hashes that is not the person's."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the hashes are remembered during a test."""
    place = tmp_path / "cache" / "hashes.json"
    monkeypatch.setattr("engine.bundle.hashes.remembered_at", lambda: place)
    return place


@pytest.fixture
def bundle(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the tiny bundle that a test may break."""
    folder = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, folder)
    return folder


@pytest.fixture
def change(bundle: Path) -> Callable[[Change], None]:
    """Changes the copy's `bundle.json` in place."""

    def apply(edit: Change) -> None:
        path = bundle / "bundle.json"
        plain = json.loads(path.read_text())
        edit(plain)
        path.write_text(json.dumps(plain))

    return apply
