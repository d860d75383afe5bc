"""Windows that live until they are killed, one after the other in the same data folder."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.plain import to_plain
from tests.support.kills.books import Books
from tests.support.kills.told import EngineShown, Plan, Resumed, Told, read_told

ROOT = Path(__file__).resolve().parents[3]
DATA = "data"
MOST_EVENTS = 40  # that a window tells before it is killed, at the latest
GONE_S = 20.0  # that an engine may take to notice that its window has gone


@dataclass(frozen=True, slots=True)
class Moment:
    """When a window is killed: `wait_s` after it told its `event`-th thing (0: after it started),
    or by itself before its `statement`-th SQL statement, if it comes to that earlier."""

    event: int
    wait_s: float = 0.0
    statement: int | None = None


def moments(seed: int, number: int) -> Iterator[Moment]:
    """So many random moments: in the start, in a conversation, and between two SQL statements."""
    chance = random.Random(seed)
    for _ in range(number):
        kind = chance.random()
        if kind < 0.1:
            yield Moment(0, wait_s=chance.uniform(0, 2))
        elif kind < 0.65:
            yield Moment(chance.randint(1, MOST_EVENTS), wait_s=chance.uniform(0, 0.05))
        else:
            yield Moment(2 * MOST_EVENTS, statement=chance.randint(1, 300))


@contextmanager
def window(folder: Path, plan: Plan) -> Iterator[subprocess.Popen[str]]:
    """A window with a person before it, off screen; killed in the end, if it has not gone."""
    home = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    environment = {
        **os.environ,
        **home,
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "LC_ALL": "C.UTF-8",
        "SIGHTLINE_DATA": str(folder / DATA),
        "SIGHTLINE_SETTINGS": str(folder / "settings.toml"),
    }
    command = [sys.executable, "-m", "tests.support.kills.person", json.dumps(to_plain(plan))]
    with (
        (folder / "errors.txt").open("ab") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def heard(process: subprocess.Popen[str]) -> Iterator[Told]:
    """What a window tells, to its end. A line that the kill cut short was not told."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith("\n"):
            yield read_told(line)


def live(folder: Path, plan: Plan, moment: Moment, books: Books) -> None:
    """One window, from its start to its kill, and what it left in the folder."""
    engines: set[int] = set()
    with window(folder, plan) as process:
        if moment.event == 0:
            time.sleep(moment.wait_s)
            process.kill()
        for number, told in enumerate(heard(process), 1):
            if isinstance(told, Resumed) and books.checks:
                books.check_start(told)
            elif isinstance(told, EngineShown) and told.pid is not None:
                engines.add(told.pid)
            books.take(told)
            if number == moment.event:
                time.sleep(moment.wait_s)
                process.kill()
    if process.returncode != -signal.SIGKILL:
        errors = (folder / "errors.txt").read_text(errors="replace")
        books.faults.append(f"the window ended with {process.returncode}: {errors[-2000:]}")
    books.faults += [f"the engine {pid} outlives its window" for pid in engines if not gone(pid)]
    books.check_store(folder / DATA)


def gone(pid: int) -> bool:
    """Whether a process ends by itself; one that nobody buries has ended, too."""
    until = time.monotonic() + GONE_S
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False
