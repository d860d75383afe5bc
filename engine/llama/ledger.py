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
    """The part of a prompt from `place` on; a run that it falls into is cut (see `whole`)."""
    rest: list[Run] = []
    for run in runs:
        length = run_length(run)
        if place >= length:
            place -= length
            continue
        rest.append(_tail(run, place) if place else run)
        place = 0
    return rest


def whole(runs: Sequence[Run], place: int) -> int:
    """The last place up to `place` at which a prompt may be cut: not inside a laid out block."""
    start = 0
    for run in runs:
        length = run_length(run)
        if start < place < start + length and isinstance(run, RowRun) and run.layout is not None:
            return start
        start += length
    return place


def span(run: Run) -> int:
    """How many positions the run takes; rows that are laid out may take fewer than places."""
    layout = run.layout if isinstance(run, RowRun) else None
    return run_length(run) if layout is None else layout.span


def positions(runs: Sequence[Run]) -> list[int]:
    """The position of each entry, as the cache counts them, and of what comes behind the last."""
    found: list[int] = []
    at = 0
    for run in runs:
        layout = run.layout if isinstance(run, RowRun) else None
        if layout is None or layout.offsets is None or layout.moves is None:
            found.extend(range(at, at + run_length(run)))
        else:
            found.extend((layout.offsets[0] + layout.moves[0] * at).tolist())
        at += span(run)
    return [*found, at]


def _tail(run: Run, start: int) -> Run:
    if isinstance(run, TokenRun):
        return TokenRun(run.ids[start:])
    return RowRun(run.key, run.array[start:])
