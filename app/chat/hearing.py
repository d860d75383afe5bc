"""The words of recordings, asked of the engine outside of the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.chat.seams import Engine
from app.texts import translate
from engine.types import AudioPart, Event, Finished, Message, Request, TextPart

if TYPE_CHECKING:
    from engine.protocol import Transcribed

TASK = "transcribe"

Done = Callable[[dict[Path, str], str], None]
"""Gets what was heard in the recordings, and a sentence where not all could be."""


@dataclass(slots=True)
class _Job:
    clips: list[Path]
    by_model: bool
    done: Done
    heard: dict[Path, str] = field(default_factory=dict)


class Hearing:
    """Asks for one recording of a job after the other. A plain class, used on one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: dict[str, _Job] = {}

    def ask(self, clips: Sequence[Path], done: Done, *, by_model: bool) -> None:
        """Have recordings written down: by the model, which hears, or by the engine's Whisper.

        The engine must be ready; what it is doing comes first.
        """
        self._next(_Job(list(clips), by_model, done))

    def event(self, event: Event | Transcribed) -> bool:
        """Take what belongs to a job; whether it did."""
        job = self._jobs.get(event.id)
        if job is None:
            return False
        if isinstance(event, Finished):
            self._take(job, event.id, event.answer.text, event.answer.error)
        elif not job.by_model and not isinstance(event, Event):
            self._take(job, event.id, event.text, event.error)
        return True

    def _take(self, job: _Job, name: str, text: str, error: str | None) -> None:
        del self._jobs[name]
        if error is not None:
            job.done(job.heard, translate("engine", error))
            return
        job.heard[job.clips.pop(0)] = " ".join(text.split())
        self._next(job)

    def _next(self, job: _Job) -> None:
        from uuid import uuid4

        if not job.clips:
            job.done(job.heard, "")
            return
        name, clip = uuid4().hex, job.clips[0]
        self._jobs[name] = job
        if job.by_model:
            said = Message("user", (AudioPart(clip), TextPart("")), TASK)
            self._engine.answer(Request(name, (said,)))
        else:
            self._engine.transcribe(name, clip)
