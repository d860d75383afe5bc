"""One report: every figure with what it was measured on, as a table and as `evaluation.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from engine.files import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A benchmark's outcome: `value` is the figure called `figure`, `others` what else was counted.

    `aim` None means that it is only reported; with `at_most`, less is better.
    """

    name: str
    pictures: str
    n: int
    figure: str
    value: float
    aim: float | None = None
    at_most: bool = False
    others: dict[str, float] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        if self.aim is None:
            return None
        return self.value <= self.aim if self.at_most else self.value >= self.aim


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was measured, on which model (`hash` of what computes its answers), by which command."""

    bundle: str
    hash: str
    quantization: str
    date: str
    command: str
    seed: int
    results: tuple[Result, ...]


def table(results: Sequence[Result]) -> str:
    """The results as text, a row each."""
    rows = [("benchmark", "pictures", "n", "figure", "value", "aim", "")]
    for result in results:
        sign = "<=" if result.at_most else ">="
        rows.append(
            (
                result.name,
                result.pictures,
                str(result.n),
                result.figure,
                f"{result.value:.3f}",
                "" if result.aim is None else f"{sign} {result.aim:.2f}",
                {True: "reached", False: "missed", None: ""}[result.reached],
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def write(report: Report, path: Path) -> None:
    """`evaluation.json`, whole or not at all."""
    plain = asdict(report)
    for row, result in zip(plain["results"], report.results, strict=True):
        row["value"] = round(result.value, 4)
        row["others"] = {name: round(value, 4) for name, value in result.others.items()}
        row["reached"] = result.reached
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, f"{json.dumps(plain, indent=1, ensure_ascii=False)}\n".encode())
