from __future__ import annotations

import json
from pathlib import Path

from training.evaluate.report import Report, Result, table, write

GOOD = Result(name="refer", pictures="scenes", n=10, figure="IoU 0.5", value=0.81, aim=0.8)
BAD = Result(
    name="malformed", pictures="scenes", n=10, figure="count", value=1, aim=0, at_most=True
)
PLAIN = Result(name="extra", pictures="scenes", n=5, figure="F1", value=1 / 3, others={"x": 2 / 3})


def test_each_row_says_whether_it_was_reached() -> None:
    header, line, *rows = table([GOOD, BAD, PLAIN]).splitlines()
    assert header.split()[:3] == ["benchmark", "pictures", "n"]
    assert set(line) == {"-"}
    assert [row.split()[-1] for row in rows] == ["reached", "missed", "0.333"]
    assert ">= 0.80" in rows[0]
    assert "<= 0.00" in rows[1]


def test_the_file_holds_all_that_was_measured(tmp_path: Path) -> None:
    report = Report(
        bundle="mini 1", hash="0" * 64, quantization="Q8_0", date="2026-01-01",
        command="python -m training evaluate", seed=0, results=(GOOD, PLAIN),
    )  # fmt: skip
    write(report, tmp_path / "deep" / "evaluation.json")
    found = json.loads((tmp_path / "deep" / "evaluation.json").read_text())
    assert found["quantization"] == "Q8_0"
    assert [row["reached"] for row in found["results"]] == [True, None]
    assert found["results"][1]["value"] == 0.3333
    assert found["results"][1]["others"] == {"x": 0.6667}
