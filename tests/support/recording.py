"""An engine, a listener and a journal that only write down what they are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.chat.controller import ChatController
from app.chat.conversation import Turn
from app.engine_state import EngineState, Phase
from engine.types import (
    Answer,
    BoxFound,
    EngineInfo,
    Finished,
    Message,
    Request,
    Sampling,
    TextDelta,
)

INFO = EngineInfo(
    name="tiny",
    version="1",
    bundle=Path("tiny"),
    language_model="llama F32",
    context=1024,
    n_embd=8,
    tasks=("chat", "caption"),
    sees=True,
    device="cpu",
    sampling={},
)
READY = EngineState(Phase.READY, info=INFO)
HEARING = EngineState(Phase.READY, info=replace(INFO, hears=True))


class RecordingEngine:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.prepared: list[tuple[Message, ...]] = []
        self.cancelled: list[str] = []
        self.transcribed: list[tuple[str, Path]] = []
        self.sampling = Sampling()

    def answer(self, request: Request) -> None:
        self.requests.append(request)

    def prepare(self, told: tuple[Message, ...]) -> None:
        self.prepared.append(told)

    def transcribe(self, name: str, path: Path) -> None:
        self.transcribed.append((name, path))

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)

    def sampling_of(self, task: str) -> Sampling:
        return self.sampling


class RecordingListener:
    def __init__(self) -> None:
        self.text = ""
        self.boxes = 0
        self.replacements = 0
        self.heard: list[str] = []

    def turn_added(self, turn: Turn) -> None: ...

    def text_added(self, turn: Turn, text: str) -> None:
        self.text += text

    def box_added(self, turn: Turn) -> None:
        self.boxes += 1

    def turn_changed(self, turn: Turn) -> None: ...

    def turn_corrected(self, turn: Turn) -> None: ...

    def turn_heard(self, turn: Turn, error: str = "") -> None:
        self.heard.append(error or f"{turn.listening} {list(turn.heard.values())}")

    def turns_replaced(self) -> None:
        self.replacements += 1


class RecordingJournal:
    """What was written down, as `event words`."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def began(self) -> None:
        self.written.append("began")

    def asked(self, turn: Turn) -> None:
        self.written.append(f"asked {turn.words}")

    def said(self, turn: Turn, piece: TextDelta | BoxFound) -> None:
        self.written.append(f"said {piece.text}" if isinstance(piece, TextDelta) else "box")

    def ended(self, turn: Turn) -> None:
        self.written.append(f"ended {turn.state.value}: {turn.raw}")

    def corrected(self, turn: Turn) -> None:
        self.written.append(f"corrected {turn.correction.text if turn.correction else None}")

    def kept(self, clip: Path) -> Path:
        return Path("kept") / clip.name

    def dropped(self, clip: Path) -> None:
        self.written.append(f"dropped {clip.name}")

    def heard(self, turn: Turn) -> None:
        self.written.append(f"heard {list(turn.heard.values())}")

    def showed(self, turn: Turn) -> None:
        self.written.append(f"showed {turn.words}")


def answer(chat: ChatController, text: str, *, raw: str | None = None) -> None:
    """The engine answers the open question."""
    turn = chat.open_turn
    assert turn is not None
    chat.engine_event(TextDelta(turn.id, text))
    chat.engine_event(Finished(turn.id, Answer(text, raw if raw is not None else text)))
