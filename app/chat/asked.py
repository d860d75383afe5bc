"""A question as it is sent, before there is a turn of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.chat.conversation import Turn
from app.texts import translate
from app.wording import task_hint
from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.prompt.tasks import Task


@dataclass(frozen=True, slots=True)
class Asked:
    """What makes a question the very same once more. The fields are those of a `Turn`."""

    task: str
    words: str
    picture: Path | None
    region: Box | None
    clips: tuple[Path, ...]
    transcribed: bool

    @classmethod
    def of(cls, turn: Turn) -> Asked:
        """The question of a turn."""
        return cls(turn.task, turn.words, turn.picture, turn.region, turn.clips, turn.transcribed)

    def check(self, row: Task) -> None:
        """Raises InputError, one sentence for the person, where it lacks what its task needs."""
        if row.needs == "speech" and not self.clips:
            raise InputError(
                translate("chat", "This needs something said: record it, or drop a sound file.")
            )
        spoken = self.clips and not self.transcribed
        if not self.words and not spoken and self.region is None and row.takes != "nothing":
            nothing = translate("chat", "There is nothing to send yet. {hint}")
            raise InputError(nothing.format(hint=task_hint(row)))
        if row.needs == "picture" and self.picture is None:
            raise InputError(
                translate("chat", "This needs a picture: drop, paste or open one first.")
            )
