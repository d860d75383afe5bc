from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.support.tiny_edition import keep_tiny_base, write_tiny_edition
from training.evaluate.quantizations import QuantizationsConfig, main


def test_every_kind_has_its_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_tiny_base(tmp_path / "parts", monkeypatch)
    write_tiny_edition(tmp_path / "edition")
    sprites = tmp_path / "sprites"
    (sprites / "flat").mkdir(parents=True)
    (sprites / "vocabulary.json").write_text(
        json.dumps({"objects": {"dog": "1f415"}, "expressions": {"happy": "1f600"}})
    )
    for name in ("dog", "face_happy"):
        Image.new("RGBA", (16, 16), "red").save(sprites / "flat" / f"{name}.png")
    main(
        QuantizationsConfig(
            edition=tmp_path / "edition",
            kinds=("F16", "Q4_1"),
            sprites=sprites,
            work=tmp_path / "work",
            n=1,
            tasks=("existence",),
        )
    )
    head, size, read, written, *figures = capsys.readouterr().out.splitlines()
    assert head.split() == ["F16", "Q4_1"]
    assert [line.split()[0] for line in (size, read, written)] == ["MB", "tokens/s", "tokens/s"]
    assert float(read.split()[2]) > 0
    assert figures[0].startswith("existence, scenes: exact")
