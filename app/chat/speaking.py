"""What was said on its way into a question: as it is where the model hears, else in words first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.chat.composer import Composer
from app.chat.controller import ChatController
from app.chat.conversation import Turn
from app.texts import translate


class Speaking:
    """Watches the recordings in the composer. For a model that does not hear they are written down
    into the field, where a person checks them before they go.

    `say` shows a sentence about what went wrong.
    """

    def __init__(
        self, controller: ChatController, composer: Composer, say: Callable[[str], None]
    ) -> None:
        self._controller = controller
        self._composer = composer
        self._say = say
        self._waiting = False
        self._listening: tuple[Path, ...] = ()
        self._written: tuple[Path, ...] = ()
        composer.clips.changed.connect(self._clips_changed)
        composer.field.textChanged.connect(self._words_changed)

    @property
    def transcribed(self) -> bool:
        """Whether the words in the field are those of the recordings."""
        clips = self._composer.clips.paths
        return bool(clips) and set(clips) <= set(self._written)

    @property
    def hint(self) -> str:
        """What is going on with the recordings, or what sending would do now."""
        if self._waiting:
            return translate("chat", "What was said is sent as soon as the model is ready.")
        if self._listening:
            return translate("chat", "What was said is being written down…")
        if self.transcribed:
            return translate("chat", "Heard, please check: Enter sends these words.")
        return ""

    def ready(self) -> bool:
        """Whether what is in the composer can be sent now; else what is missing begins."""
        clips = self._composer.clips.paths
        if not clips or self.transcribed:
            return True
        if not self._controller.ready:
            self._waiting = True
            return False
        if self._controller.hears:
            return True
        if not self._listening:
            self._listening = tuple(clip for clip in clips if clip not in self._written)
            self._controller.transcribe(self._listening, self._heard)
        return False

    def engine_changed(self) -> None:
        """Send what waited, once the engine is ready."""
        if self._waiting and self._controller.ready:
            self._waiting = False
            self._composer.submit()

    def change(self, turn: Turn) -> None:
        """The recordings of a question that is in the composer to be changed."""
        self._composer.clips.show_only(turn.clips)
        self._written = turn.clips if turn.transcribed else ()

    def _heard(self, heard: dict[Path, str], error: str) -> None:
        """Put what was written down in front of what was typed."""
        wanted, self._listening = self._listening, ()
        there = [clip for clip in wanted if clip in self._composer.clips.paths and clip in heard]
        words = " ".join(filter(None, (heard[clip] for clip in there)))
        if words:
            self._composer.write_before(words)
            self._written += tuple(there)
        if error or (there and not words):
            nothing = translate(
                "chat", "Nothing was heard in the recording; say it again, or type."
            )
            self._say(error or nothing)
        else:
            self._say("")

    def _clips_changed(self) -> None:
        clips = self._composer.clips.paths
        self._written = tuple(clip for clip in self._written if clip in clips)
        self._waiting = self._waiting and bool(clips)
        self._say("")

    def _words_changed(self) -> None:
        if not self._composer.words:
            self._written = ()
