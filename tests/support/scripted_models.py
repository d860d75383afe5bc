"""`sightline models ...` played: `python -m tests.support.scripted_models FOLDER ACTION WORD...`.

FOLDER holds what it says (`script`), and keeps how it was called (`called`). Where it is told to
wait, it does until it is ended, as a download does.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

WAIT = "wait"
"""In the place of a line: stay until the process is ended."""

DEAF = "deaf"
"""In the place of a line: from here on, a wish to end is not obeyed."""

Run = Sequence[Any]
"""What one run says: JSON values, a line each, or texts as they are; the last may be its status."""


def command(folder: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.support.scripted_models", str(folder))


def script(folder: Path, said: Mapping[str, Sequence[Run]]) -> None:
    """What is said by action ("list") or by action and first word ("install small"): a run after
    the other, the last again and again."""
    (folder / "script.json").write_text(json.dumps(said), encoding="utf-8")


def called(folder: Path) -> list[list[str]]:
    """The words of each call until now."""
    path = folder / "called.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def main() -> int:
    folder, words = Path(sys.argv[1]), sys.argv[2:]
    said = json.loads((folder / "script.json").read_text(encoding="utf-8"))
    key = " ".join(words[:2]) if " ".join(words[:2]) in said else words[0]
    before = sum(key in (call[0], " ".join(call[:2])) for call in called(folder))
    with (folder / "called.jsonl").open("a", encoding="utf-8") as log:
        log.write(f"{json.dumps(words)}\n")
    runs = said[key]
    return _play(runs[min(before, len(runs) - 1)])


def _play(run: Run) -> int:
    for step in run:
        if step == WAIT:
            signal.pause()
        elif step == DEAF:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        elif isinstance(step, int):
            return step
        else:
            print(step if isinstance(step, str) else json.dumps(step), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
