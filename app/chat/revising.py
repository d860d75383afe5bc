"""Asking again: another answer, another wording, another way from an earlier turn on."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QGuiApplication

from app.chat.actions import Action
from app.chat.composer import Composer
from app.chat.controller import ChatController
from app.chat.conversation import Turn
from app.chat.speaking import Speaking
from app.chat.typing import AskedBefore, as_typed
from app.texts import translate
from engine.grounding.geometry import Box
from engine.prompt.tasks import Task


class Revising:
    """Does what the buttons below an answer say. Knows which question is being changed."""

    def __init__(
        self,
        controller: ChatController,
        composer: Composer,
        speaking: Speaking,
        tasks: Mapping[str, Task],
    ) -> None:
        self._controller = controller
        self._composer = composer
        self._speaking = speaking
        self._tasks = tasks
        self._changing: Turn | None = None
        AskedBefore(composer.field, composer.write, self._asked)
        composer.field.textChanged.connect(self._emptied)
        composer.clips.changed.connect(self._emptied)

    @property
    def changing(self) -> Turn | None:
        """The question that is in the composer to be changed."""
        return self._changing

    @property
    def hint(self) -> str:
        """What sending would do now, where it is not what it mostly does."""
        if self._changing is None:
            return ""
        if self._composer.clips.paths:
            return translate(
                "chat",
                "Enter asks the changed question beside the first; "
                "remove the recording and all words to leave it.",
            )
        return translate(
            "chat", "Enter asks the changed question beside the first; empty the field to leave it."
        )

    def ask(self, task: str, words: str, region: Box | None) -> None:
        """Send what was written about what was drawn. Raises InputError."""
        turn = self._changing
        clips, transcribed = self._composer.clips.paths, self._speaking.transcribed
        if turn is None:
            self._controller.ask(task, words, region=region, clips=clips, transcribed=transcribed)
            return
        if self._controller.picture != turn.picture:
            # What is drawn is on another picture than the one that the question is about.
            region = turn.region
        self._controller.ask_beside(
            turn, task, words, region=region, clips=clips, transcribed=transcribed
        )
        self._changing = None

    def act(self, turn: Turn, action: Action) -> None:
        """Do what a button says. Raises InputError."""
        match action:
            case Action.COPY:
                QGuiApplication.clipboard().setText(turn.answer.text)
            case Action.AGAIN:
                self._ask_again(turn)
            case Action.EDIT:
                self._change(turn)
            case Action.HEAR:
                self._controller.show_heard(turn)
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
        if self._changing is not None:
            self._changing = None
            self._composer.clips.show_only(())

    def _ask_again(self, turn: Turn) -> None:
        if turn.spoken and self._controller.ready and not self._controller.hears:
            self._change(turn)
            self._speaking.ready()  # which has it written down first
            return
        self._controller.ask_beside(
            turn,
            turn.task,
            turn.words,
            region=turn.region,
            clips=turn.clips,
            transcribed=turn.transcribed,
        )

    def _change(self, turn: Turn) -> None:
        self._changing = None
        self._composer.write(as_typed(turn.task, turn.words, self._tasks))
        self._speaking.change(turn)
        self._changing = turn

    def _asked(self) -> list[str]:
        """The questions of this conversation as they were typed, the oldest first."""
        turns = self._controller.turns
        typed = [as_typed(turn.task, turn.words, self._tasks) for turn in turns]
        return [words for words in typed if words]

    def _emptied(self) -> None:
        if not self._composer.field.toPlainText() and not self._composer.clips.paths:
            self._changing = None
