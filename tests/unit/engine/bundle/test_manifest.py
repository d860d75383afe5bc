"""The documented manifest is one that the program reads."""

from __future__ import annotations

import json
from pathlib import Path

from engine.bundle import read_manifest
from engine.types import Sampling

DOCUMENT = Path(__file__).parents[4] / "docs" / "bundle.md"


def test_documented_example(tmp_path: Path) -> None:
    example = DOCUMENT.read_text().split("```json")[1].split("```")[0]
    (tmp_path / "bundle.json").write_text(example)
    manifest = read_manifest(tmp_path)
    assert manifest.sampling_for("caption") == Sampling(temperature=0.0, max_tokens=64)
    assert manifest.size == 98_362_432
    # Every key is documented: nothing was left to a default.
    assert json.loads(example).keys() == set(type(manifest).__dataclass_fields__)
