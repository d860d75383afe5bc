"""The window on a machine without a display: the example conversation, rendered and saved."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication

from app.chat.conversation import Turn, TurnState
from app.engine_state import EngineState, Phase
from app.examples import FOLDER
from app.main_window import MainWindow

PICTURE = FOLDER / "astronaut.jpg"
QUESTIONS = ("[refer] the person", "[vqa] is there a cat?")
LIMIT_MS = 240_000
POLL_MS = 50


class Showcase(QObject):
    """Asks the example questions one after another, then saves a picture of the window.

    `finish` is called once with the exit status: 0, or 1 after a sentence on standard error.
    """

    def __init__(self, window: MainWindow, target: Path, finish: Callable[[int], None]) -> None:
        super().__init__(window)
        self._window = window
        self._target = target
        self._finish = finish
        self._questions = list(QUESTIONS)
        self._over = False
        self._steps = QTimer(self)
        self._steps.setInterval(POLL_MS)
        self._steps.timeout.connect(self._step)

    def start(self, state_changed: Callable[[Callable[[EngineState], None]], object]) -> None:
        """Begin; `state_changed` connects to the engine's state."""
        if not QFontDatabase.families():
            self._fail("There are no fonts here: apt-get install fonts-dejavu-core.")
            return
        if not PICTURE.is_file():
            self._fail(f"The example picture {PICTURE} is missing; install Sightline again.")
            return
        state_changed(self._engine_changed)
        self._window.open(PICTURE)
        QTimer.singleShot(LIMIT_MS, self, self._too_long)
        self._steps.start()

    def _engine_changed(self, state: EngineState) -> None:
        if state.phase is Phase.FAILED:
            self._fail(state.text)

    def _step(self) -> None:
        """Ask the next question once the picture is there and the last answer is complete."""
        controller = self._window.chat.controller
        if controller.picture is None or controller.open_turn is not None:
            return
        if controller.turns and controller.turns[-1].state is not TurnState.DONE:
            self._fail(_reason(controller.turns[-1]))
        elif self._questions:
            self._window.chat.suggest(self._questions.pop(0))
        else:
            self._save()

    def _save(self) -> None:
        self._steps.stop()
        pointing = next((t for t in self._window.chat.controller.turns if t.answer.boxes), None)
        self._window.spotlight.show(pointing)
        QGuiApplication.processEvents()
        self._target.parent.mkdir(parents=True, exist_ok=True)
        if self._window.grab().save(str(self._target)):
            print(f"There is no display here, so this is a picture of the window: {self._target}")
            self._end(0)
        else:
            self._fail(f"The picture of the window could not be written to {self._target}.")

    def _too_long(self) -> None:
        self._fail(f"The example conversation was not answered within {LIMIT_MS // 1000} seconds.")

    def _fail(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)
        self._end(1)

    def _end(self, status: int) -> None:
        self._steps.stop()
        if not self._over:
            self._over = True
            self._finish(status)


def _reason(turn: Turn) -> str:
    return " ".join(turn.notes) or "The example question was not answered."
