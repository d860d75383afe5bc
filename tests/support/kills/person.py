"""A real window with a person who asks, in a process of its own that may be killed at any moment.

`python -m tests.support.kills.person PLAN` with the plan as JSON. The program is the real one from
its first line on (`app.bootstrap.main`), with the scripted engine in the place of a model's. What
the window shows is told on standard output once it is shown, so that whoever kills it knows.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
from functools import partial
from itertools import count
from typing import Any
from unittest.mock import patch

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel

from app import bootstrap
from app.chat.actions import Action
from app.chat.conversation import Turn, TurnState
from app.engine_bridge import EngineBridge
from app.engine_state import EngineState, Phase
from app.history.history import History
from app.main_window import MainWindow
from app.store.database import Database
from engine.plain import from_plain
from tests.support.kills.told import (
    Ended,
    EngineKill,
    EngineShown,
    More,
    Plan,
    Resumed,
    Seen,
    Sent,
    Told,
    Walks,
    write_told,
)
from tests.support.scripted_host import COMMAND

# Answers that end by themselves, those that go on until they are stopped, those about a picture.
SHORT = ("question {}", "你好，问题 {}", "mistake")
LONG = ("wait", "slowly")
ABOUT_A_PICTURE = (
    "[grounding]",
    "[refer] the red half",
    "[caption]",
    "[detection] cat, dog",
    "[vqa] slowly",
)
MOST_PIECES = 12  # of an answer that would never end, until it is stopped
LIMIT_MS = 120_000  # without anything to tell, far longer than that ever takes
STUCK = 3  # the exit status then


class Teller(QObject):
    """Tells what the window shows; what the person does is up to a subclass."""

    def __init__(self, window: MainWindow, bridge: EngineBridge, plan: Plan) -> None:
        super().__init__(window)
        self.window, self.bridge, self.plan = window, bridge, plan
        self.chance = random.Random(plan.seed)
        self.numbers = count(1)
        self.open: Turn | None = None
        self.pieces = 0
        self._told = 0
        self._limit = QTimer(self, interval=LIMIT_MS, singleShot=True)
        self._limit.timeout.connect(lambda: QApplication.exit(STUCK))
        window.chat.turn_opened.connect(self._opened)
        bridge.event_arrived.connect(lambda _event: self._look())
        bridge.state_changed.connect(self._engine_shown)

    def begin(self) -> None:
        """The window has started and shows what it found."""
        chat = self.window.chat
        turns = tuple(self.seen(turn) for turn in chat.controller.turns)
        self.tell(Resumed(turns, writable=chat.composer.field.isEnabled()))
        self.soon()

    def act(self) -> None:
        """Nothing is being answered: do the next thing."""
        raise NotImplementedError

    def arrived(self) -> None:
        """More of the open answer is shown."""

    def ended(self, turn: Turn) -> None:
        """The open answer ended."""
        self.soon()

    def engine_changed(self, state: EngineState) -> None:
        """The header shows this state."""

    def tell(self, told: Told) -> None:
        print(write_told(told), flush=True)
        self._limit.start()

    def soon(self) -> None:
        QTimer.singleShot(0, self, self.act)

    def ask(self, words: str) -> None:
        self.window.chat.suggest(words.format(next(self.numbers)))

    def press(self, turn: Turn, action: Action) -> None:
        self.window.chat.transcript.card(turn).actions_row.buttons[action].click()

    def stop(self) -> None:
        self.window.chat.composer.stopped.emit()
        self._look()

    def pid(self) -> int | None:
        """The engine process, as far as there is one."""
        process = self.bridge._client._process if self.bridge._client else None
        return process.pid if process is not None else None

    def seen(self, turn: Turn) -> Seen:
        card = next((c for c in self.window.chat.transcript.cards if c.turn is turn), None)
        note, again = "", False
        if card is not None:
            labels = (label for label in card.findChildren(QLabel) if label.isVisibleTo(card))
            note = " ".join(label.text() for label in labels if label.text() != turn.words)
            again = card.actions_row.buttons[Action.AGAIN].isVisibleTo(card)
        text, state = turn.answer.text, turn.state.value
        return Seen(turn.id, turn.parent, turn.task, turn.words, text, state, note, again)

    def _opened(self, turn: Turn) -> None:
        self.open, self.pieces, self._told = turn, 0, 0
        self.tell(Sent(self.seen(turn)))

    def _look(self) -> None:
        """Tell what is new of the open answer."""
        turn = self.open
        if turn is None:
            return
        text = turn.answer.text[self._told :]
        if text:
            self._told += len(text)
            self.pieces += 1
            self.tell(More(turn.id, text))
        if turn.state.over:
            self.open = None
            self.tell(Ended(self.seen(turn)))
            self.ended(turn)
        elif text:
            self.arrived()

    def _engine_shown(self, state: EngineState) -> None:
        self.tell(EngineShown(self.window.chat.status.text, self.pid()))
        self._look()
        self.engine_changed(state)


class Talker(Teller):
    """Asks all kinds of things, stops, asks again, branches and begins anew, until it is killed."""

    def __init__(self, window: MainWindow, bridge: EngineBridge, plan: Plan) -> None:
        super().__init__(window, bridge, plan)
        self._patience = 0
        window.stage.picture_shown.connect(self._picture_shown)
        self._fetching = False

    def act(self) -> None:
        if self.open is not None or self._fetching:
            return
        chat, turns = self.window.chat, self.window.chat.controller.turns
        cards = {card.turn.id for card in chat.transcript.cards}
        earlier = [turn for turn in turns[:-1] if turn.id in cards]
        broken = bool(turns) and turns[-1].state is TurnState.CUT_OFF
        self._patience = self.chance.randint(1, MOST_PIECES)
        chosen = self.chance.random()
        if turns and chosen < (0.5 if broken else 0.12):
            self.press(turns[-1], Action.AGAIN)
        elif earlier and chosen > 0.9:
            turn = self.chance.choice(earlier)
            self.tell(Walks(turn.id))
            self.press(turn, Action.BRANCH)
            self.soon()
        elif turns and chosen > 0.85:
            chat.new.click()
            self.soon()
        elif chat.controller.picture is None and chosen > 0.7:
            self._fetching = True
            self.window.open(self.plan.picture)
        else:
            pictured = ABOUT_A_PICTURE if chat.controller.picture else ()
            self.ask(self.chance.choice((*SHORT, *LONG, *LONG, *pictured)))

    def arrived(self) -> None:
        if self.pieces >= self._patience:
            self.stop()

    def _picture_shown(self) -> None:
        if self._fetching:
            self._fetching = False
            self.soon()


class Killer(Teller):
    """Asks for answers that would never end, kills the engine in them, and asks the next."""

    def __init__(self, window: MainWindow, bridge: EngineBridge, plan: Plan) -> None:
        super().__init__(window, bridge, plan)
        self._events = 0
        self._kills = iter(plan.engine_kills)
        self._kill: EngineKill | None = None
        self._idle = False

    def begin(self) -> None:
        super().begin()
        self.bridge.event_arrived.connect(lambda _event: self._engine_spoke())

    def act(self) -> None:
        if self.open is not None or self._idle:
            return
        if self.bridge.state.phase is not Phase.READY:
            return
        self._kill = next(self._kills, None)
        if self._kill is None:
            self.window.close()
        elif self._kill.event is None:
            self._idle = True
            self._kill_later()
        else:
            self._events = 0
            self.ask(self.chance.choice(LONG))
            if self._kill.event == 0:
                self._kill_later()

    def ended(self, turn: Turn) -> None:
        if turn.words in LONG:
            self.ask("after kill {}")
        else:
            self.soon()

    def engine_changed(self, state: EngineState) -> None:
        if self._idle and state.phase is Phase.LOADING:
            self._idle = False
            self.ask("after kill {}")
        elif state.phase is Phase.READY:
            self.soon()

    def _engine_spoke(self) -> None:
        self._events += 1
        if self._kill is not None and self._events == self._kill.event:
            self._kill_later()

    def _kill_later(self) -> None:
        kill, self._kill = self._kill, None
        assert kill is not None
        QTimer.singleShot(kill.wait_ms, self, self._strike)

    def _strike(self) -> None:
        pid = self.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)


def die_before(statement: int) -> Any:
    """Has the process kill itself before this statement of any database, counted from 1."""
    connect, numbers = Database._connect, count(1)

    def traced(self: Database, mode: str) -> sqlite3.Connection:
        connection = connect(self, mode)
        connection.set_trace_callback(
            lambda _sql: (
                os.kill(os.getpid(), signal.SIGKILL) if next(numbers) == statement else None
            )
        )
        return connection

    return patch.object(Database, "_connect", traced)


def main(plan: Plan) -> int:
    """Run the program with a person before it, until the window is closed."""
    resume = History.resume

    def resumed(history: History) -> bool:
        found = resume(history)
        window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
        teller = (Killer if plan.engine_kills else Talker)(window, window.bridge, plan)
        teller.begin()
        return found

    if plan.last_statement is not None:
        die_before(plan.last_statement).start()
    with (
        patch.object(bootstrap, "EngineBridge", partial(EngineBridge, COMMAND)),
        patch.object(History, "resume", resumed),
    ):
        return bootstrap.main([])


if __name__ == "__main__":
    sys.exit(main(from_plain(Plan, json.loads(sys.argv[1]))))
