"""What a driven window is told to do, and what it tells on its standard output, a line each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from engine.plain import from_plain, to_plain


@dataclass(frozen=True, slots=True)
class EngineKill:
    """When the engine process is killed: with the `event`-th event of an answer (0: as soon as the
    question is sent; None: while nothing is asked), `wait_ms` later."""

    event: int | None
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the person before the window does; everything else follows from the `seed`.

    `last_statement` is the SQL statement before which the window kills itself. Where there are
    `engine_kills`, the person does nothing but ask, and the window closes itself after the last.
    """

    seed: int
    picture: Path
    last_statement: int | None = None
    engine_kills: tuple[EngineKill, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A turn as the window shows it; `note` and `again` (a button to ask again) are its card's,
    which only the newest turns have."""

    id: str
    parent: str | None
    task: str
    words: str
    text: str
    state: str
    note: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Resumed:
    """What the window shows once it has started; `writable` is whether one can go on asking."""

    turns: tuple[Seen, ...]
    writable: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A question is shown as sent."""

    turn: Seen


@dataclass(frozen=True, slots=True)
class More:
    """More of an answer is shown."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """An answer is shown as ended."""

    turn: Seen


@dataclass(frozen=True, slots=True)
class Walks:
    """The person is about to show the branch that ends at this turn."""

    id: str


@dataclass(frozen=True, slots=True)
class EngineShown:
    """The header says this of the engine, whose process is `pid` (None: there is none)."""

    header: str
    pid: int | None


Told = Resumed | Sent | More | Ended | Walks | EngineShown


@dataclass(frozen=True, slots=True)
class _Line:
    told: Told


def write_told(told: Told) -> str:
    """As one line, without its newline."""
    return json.dumps({"told": to_plain(told, Told)})


def read_told(line: str) -> Told:
    """Raises PlainError or ValueError."""
    return from_plain(_Line, json.loads(line)).told
