"""What `sightline models install --json` tells, a JSON object a line; the window reads it so.

First lines of `Progress`, at most five a second, then one `Done` or `Failed`. Values and their
text alone: whoever reads them loads nothing of the hub's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.plain import from_plain, to_plain

Stage = Literal["check", "download", "verify", "import"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a stage is, in bytes of all its files; `file` is the one that is worked on.

    `rate` is in bytes per second and `left_s` in seconds; None while neither can be told.
    """

    stage: Stage
    file: str | None = None
    done: int = 0
    total: int = 0
    rate: float | None = None
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The model `name` is in the folder `installed`."""

    installed: Path
    name: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not installed; `error` is a sentence for the person."""

    error: str


Line = Progress | Done | Failed


def to_line(line: Line) -> str:
    """The line as JSON, without its newline."""
    return json.dumps(to_plain(line))


def from_line(text: str) -> Line | None:
    """What `to_line` wrote; None for anything else."""
    try:
        plain = json.loads(text)
        if "stage" in plain:
            return from_plain(Progress, plain)
        if "installed" in plain:
            return from_plain(Done, plain)
        return from_plain(Failed, plain)
    except (ValueError, TypeError, RecursionError):
        return None
