"""Asking again: another answer, another wording, another way from an earlier turn on."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QGuiApplication

from app.chat.actions import Action
from app.chat.composer import Composer
from app.chat.controller import ChatController
from app.chat.conversation import Turn
from app.chat.typing import AskedBefore, as_typed
from app.texts import translate
from engine.grounding.geometry import Box
from engine.prompt.tasks import Task


class Revising:
    """Does what the buttons below an answer say. Knows which question is being changed."""

    def __init__(
        self, controller: ChatController, composer: Composer, tasks: Mapping[str, Task]
    ) -> None:
        self._controller = controller
        self._composer = composer
        self._tasks = tasks
        self._changing: Turn | None = None
        AskedBefore(composer.field, composer.write, self._asked)
        composer.field.textChanged.connect(self._words_changed)

    @property
    def hint(self) -> str:
        """What sending would do now, where it is not what it mostly does."""
        if self._changing is None:
            return ""
        return translate(
            "chat", "Enter asks the changed question beside the first; empty the field to leave it."
        )

    def ask(self, task: str, words: str, region: Box | None) -> None:
        """Send what was written about what was drawn. Raises InputError."""
        turn = self._changing
        if turn is None:
            self._controller.ask(task, words, region=region)
            return
        if self._controller.picture != turn.picture:
            # What is drawn is on another picture than the one that the question is about.
            region = turn.region
        self._controller.ask_beside(turn, task, words, region=region)
        self._changing = None

    def act(self, turn: Turn, action: Action) -> None:
        """Do what a button says. Raises InputError."""
        match action:
            case Action.COPY:
                QGuiApplication.clipboard().setText(turn.answer.text)
            case Action.AGAIN:
                self._controller.ask_beside(turn, turn.task, turn.words, region=turn.region)
            case Action.EDIT:
                self._composer.write(as_typed(turn.task, turn.words, self._tasks))
                self._changing = turn
            case Action.RESTORE:
                self._controller.correct(turn, None)
            case Action.BRANCH:
                self._controller.go_on_from(turn)
            case Action.BACK:
                self._controller.step(turn, -1)
            case Action.FORTH:
                self._controller.step(turn, 1)

    def forget(self) -> None:
        """Other turns are shown: none of them is being changed."""
        self._changing = None

    def _asked(self) -> list[str]:
        """The questions of this conversation as they were typed, the oldest first."""
        turns = self._controller.turns
        return [as_typed(turn.task, turn.words, self._tasks) for turn in turns]

    def _words_changed(self) -> None:
        if not self._composer.field.toPlainText():
            self._changing = None
