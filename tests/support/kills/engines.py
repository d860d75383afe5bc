"""Engine processes that are killed under a window, which has to say so and to go on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.chat.conversation import TurnState
from tests.support.kills.books import Books
from tests.support.kills.lives import DATA, heard, window
from tests.support.kills.told import Ended, EngineKill, EngineShown, More, Plan, Seen, Sent, Told

MOST_EVENTS = 12  # of an answer, before its engine is killed


def engine_kills(seed: int, number: int) -> Iterator[EngineKill]:
    """So many random moments, one in ten of them while nothing is asked."""
    chance = random.Random(seed)
    for _ in range(number):
        event = chance.randint(0, MOST_EVENTS) if chance.random() < 0.9 else None
        yield EngineKill(event, wait_ms=chance.randint(0, 40))


@dataclass(slots=True)
class Losses:
    """What a window told about the engines that it lost."""

    explained: int = 0
    kept: int = 0
    announced: int = 0
    restarts: int = 0
    answered: int = 0
    faults: list[str] = field(default_factory=list)
    _text: str = ""
    _engines: list[int] = field(default_factory=list)
    _restarting: bool = False

    def take(self, told: Told) -> None:
        match told:
            case Sent():
                self._text = ""
            case More(text=text):
                self._text += text
            case Ended(turn=turn):
                self._end(turn)
            case EngineShown(header=header, pid=pid):
                restarting = header.startswith("Restarting…")
                self.announced += restarting and not self._restarting
                self._restarting = restarting
                if "ready" in header or "answering" in header:
                    self._ready(pid)

    def _ready(self, pid: int | None) -> None:
        if pid is not None and pid not in self._engines:
            self.restarts += bool(self._engines)
            self._engines.append(pid)

    def _end(self, turn: Seen) -> None:
        if turn.words.startswith("after kill"):
            fine = (turn.state, turn.text) == (TurnState.DONE.value, f"You said: {turn.words}")
            self.answered += fine
        else:
            state = TurnState.CUT_OFF if self._text else TurnState.FAILED
            self.explained += "SIGKILL" in turn.note
            self.kept += turn.text == self._text
            fine = "SIGKILL" in turn.note and (turn.text, turn.state) == (self._text, state.value)
        if not fine:
            self.faults.append(f"{self._text[-100:]!r} ended as {turn}"[:2000])


def lose_engines(folder: Path, plan: Plan, books: Books) -> Losses:
    """A window whose engines are killed as planned, and what it told and left."""
    losses = Losses()
    with window(folder, plan) as process:
        for told in heard(process):
            books.take(told)
            losses.take(told)
        process.wait()
    if process.returncode != 0:
        losses.faults.append(f"the window ended with {process.returncode}")
    books.check_store(folder / DATA)
    number = len(plan.engine_kills)
    followed = (losses.announced, losses.restarts, losses.answered)
    if followed != (number,) * 3:
        losses.faults.append(f"of {number} kills, {followed} announced, restarted, answered after")
    return losses
