"""The real command line in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S = 180
"""Far longer than any command takes, so that a hang fails."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind. `errors` is standard error without its empty lines."""

    code: int
    output: str
    errors: list[str]

    def answers(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object a line."""
        return [json.loads(line) for line in self.output.splitlines()]


def sightline(*words: str | Path, bundle: Path, stdin: str = "") -> Outcome:
    """Runs `sightline` with these words, `bundle` being the default one; a traceback fails."""
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *map(str, words)],
        input=stdin,
        env={
            **os.environ,
            "SIGHTLINE_BUNDLE": str(bundle),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    errors = [line for line in done.stderr.splitlines() if line.strip()]
    assert not any(line.startswith("Traceback") for line in errors), done.stderr
    return Outcome(done.returncode, done.stdout, errors)
