"""What the key-value cache holds, and how much of it a new prompt can keep."""

from __future__ import annotations

from collections.abc import Sequence

from engine.seams import RowRun, Run, TokenRun, run_length

Entry = int | tuple[str, int]
"""One place of the cache: a token id, or the row of that number of the embedding of that key."""


def entries(runs: Sequence[Run]) -> list[Entry]:
    """The prompt as cache entries, one a place."""
    listed: list[Entry] = []
    for run in runs:
        if isinstance(run, TokenRun):
            listed.extend(run.ids)
        else:
            key = run.key
            listed.extend([(key, number) for number in range(len(run.array))])
    return listed


def common_prefix(held: Sequence[Entry], wanted: Sequence[Entry]) -> int:
    """How many entries the two begin with alike."""
    for place, (old, new) in enumerate(zip(held, wanted, strict=False)):
        if old != new:
            return place
    return min(len(held), len(wanted))


def after(runs: Sequence[Run], place: int) -> list[Run]:
    """The part of a prompt from `place` on; a run that it falls into is cut."""
    rest: list[Run] = []
    for run in runs:
        length = run_length(run)
        if place >= length:
            place -= length
            continue
        rest.append(_tail(run, place) if place else run)
        place = 0
    return rest


def _tail(run: Run, start: int) -> Run:
    if isinstance(run, TokenRun):
        return TokenRun(run.ids[start:])
    return RowRun(run.key, run.array[start:])
