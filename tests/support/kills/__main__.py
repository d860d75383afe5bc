"""Kills the window and the engine, many times each, at random moments: `make kills`.

Real processes off screen with the scripted engine. A window goes on in the data folder that the one
before it left, `LIVES` of them in a folder; after each kill the store is held against what was
shown. One JSON object goes to standard output; the exit status is 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.kills.books import Books
from tests.support.kills.engines import engine_kills, lose_engines
from tests.support.kills.lives import ROOT, Moment, live, moments
from tests.support.kills.told import Plan

PICTURE = ROOT / "resources" / "examples" / "cat.jpg"
LIVES = 20
FIGURES = ("found", "halves", "halves_marked", "checks", "sound", "starts", "offers")


def kill_windows(seed: int, number: int) -> dict[str, Any]:
    """Kill so many windows; the figures."""
    sums, faults, sent = Counter[str](), list[str](), 0
    planned = list(moments(seed, number))
    for start in range(0, number, LIVES):
        books = Books()
        with TemporaryDirectory() as folder:
            for life, moment in enumerate(planned[start : start + LIVES], start):
                plan = Plan(seed * 10_000 + life, PICTURE, moment.statement)
                live(Path(folder), plan, moment, books)
                _progress(f"window {life + 1} of {number}, faults: {books.faults}", moment)
            # The last kill, too, is followed by a start.
            live(Path(folder), Plan(seed, PICTURE), Moment(1), books)
        sums.update({name: getattr(books, name) for name in FIGURES})
        faults += books.faults
        sent += len(books.sent)
    return {
        "seed": seed,
        "kills": number,
        "of_them_between_sql_statements": sum(m.statement is not None for m in planned),
        "of_them_in_the_start": sum(m.event == 0 for m in planned),
        "questions_shown_as_sent": sent,
        "questions_found": sums["found"],
        "half_answers": sums["halves"],
        "half_answers_marked": sums["halves_marked"],
        "integrity_checks": sums["checks"],
        "integrity_checks_passed": sums["sound"],
        "starts_after_a_kill": sums["starts"],
        "starts_that_offered_to_go_on": sums["offers"],
        "faults": faults,
    }


def kill_engines(seed: int, number: int) -> dict[str, Any]:
    """Kill so many engines; the figures."""
    books, sums, faults = Books(), Counter[str](), list[str]()
    planned = list(engine_kills(seed, number))
    with TemporaryDirectory() as folder:
        for start in range(0, number, LIVES):
            kills = tuple(planned[start : start + LIVES])
            losses = lose_engines(Path(folder), Plan(seed + start, PICTURE, None, kills), books)
            for name in ("explained", "kept", "announced", "restarts", "answered"):
                sums[name] += getattr(losses, name)
            faults += losses.faults
            _progress(f"engine {start + len(kills)} of {number}, faults: {faults}", kills[-1])
    return {
        "seed": seed,
        "kills": number,
        "of_them_in_an_answer": sum(kill.event is not None for kill in planned),
        "explained_in_the_window": sums["explained"],
        "answers_kept_as_far_as_shown": sums["kept"],
        "restarts_shown_in_the_header": sums["announced"],
        "engines_started_again": sums["restarts"],
        "next_questions_answered": sums["answered"],
        "questions_shown_as_sent": len(books.sent),
        "questions_found": books.found,
        "integrity_checks": books.checks,
        "integrity_checks_passed": books.sound,
        "faults": faults + books.faults,
    }


def _progress(sentence: str, moment: object) -> None:
    print(f"{sentence} ({moment})", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.kills", description=__doc__)
    parser.add_argument("--windows", type=int, default=100, help="how many; default: 100")
    parser.add_argument("--engines", type=int, default=100, help="how many; default: 100")
    parser.add_argument("--seed", type=int, default=1, help="of the moments; default: 1")
    given = parser.parse_args()
    figures = {
        "window": kill_windows(given.seed, given.windows),
        "engine": kill_engines(given.seed, given.engines),
    }
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    return 1 if any(part["faults"] for part in figures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
