"""An engine without a process: it answers at once, and hears what it is told to hear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.engine_bridge import EngineBridge
from app.engine_state import EngineState, Phase
from engine.protocol import Transcribed
from engine.types import (
    Answer,
    AudioPart,
    EngineInfo,
    Finished,
    Message,
    Request,
    Sampling,
    TextDelta,
)

INFO = EngineInfo(
    name="played",
    version="1",
    bundle=Path("played"),
    language_model="played",
    context=4096,
    n_embd=8,
    tasks=("chat", "vqa", "caption", "refer", "identify", "transcribe"),
    sees=True,
    device="cpu",
    sampling={},
    hears=True,
)


class PlayedEngine(EngineBridge):
    """A bridge that writes down what is asked of it.

    `heard` is what it hears in every recording, or the `error` why it can't; with `slow` nothing
    comes before `go_on`.
    """

    def __init__(self, *, hears: bool = True) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.prepared: list[tuple[Message, ...]] = []
        self.transcribed: list[Path] = []
        self.heard = "where is the mug"
        self.error: str | None = None
        self.slow = False
        self._hears = hears
        self._held: list[TextDelta | Finished | Transcribed] = []

    def start(self) -> None:
        self.show(EngineState(Phase.READY, info=replace(INFO, hears=self._hears)))

    def show(self, state: EngineState) -> None:
        self._change(state)

    def go_on(self) -> None:
        """Say what was held back."""
        self.slow = False
        held, self._held = self._held, []
        for event in held:
            self.event_arrived.emit(event)

    def answer(self, request: Request) -> None:
        self.requests.append(request)
        asr = request.messages[-1].task == "transcribe"
        text = self.heard if asr else "It is here."
        answer = Answer(text, text, finish="error" if self.error else "stop", error=self.error)
        self._say(TextDelta(request.id, text))
        self._say(Finished(request.id, answer))

    def transcribe(self, name: str, path: Path) -> None:
        self.transcribed.append(path)
        self._say(Transcribed(name, "" if self.error else self.heard, self.error))

    def prepare(self, told: tuple[Message, ...]) -> None:
        self.prepared.append(told)

    def cancel(self, request_id: str) -> None:
        """It answers at once."""

    def sampling_of(self, task: str) -> Sampling:
        return Sampling()

    def _say(self, event: TextDelta | Finished | Transcribed) -> None:
        self._held.append(event)
        if not self.slow:
            self.go_on()


def sounds(message: Message) -> list[Path]:
    """The recordings that a message brings."""
    return [part.path for part in message.parts if isinstance(part, AudioPart)]
