"""The lines of `models install --json`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.hub.progress import Done, Failed, Line, Progress, from_line, to_line

PART = Progress(stage="download", file="a.gguf", done=3, total=9, rate=1.5, left_s=4.0)


def test_the_contracts_lines() -> None:
    assert json.loads(to_line(PART)) == {
        "stage": "download", "file": "a.gguf", "done": 3, "total": 9, "rate": 1.5, "left_s": 4.0,
    }  # fmt: skip
    assert json.loads(to_line(Done(Path("/m/x"), "x"))) == {"installed": "/m/x", "name": "x"}
    assert json.loads(to_line(Failed("No."))) == {"error": "No."}


@pytest.mark.parametrize(
    "line", [PART, Progress(stage="check"), Done(Path("/m/x"), "x"), Failed("No.")]
)
def test_there_and_back(line: Line) -> None:
    assert from_line(to_line(line)) == line


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"stage": "dance"}', '{"error": 1}'])
def test_anything_else_is_no_line(text: str) -> None:
    assert from_line(text) is None
