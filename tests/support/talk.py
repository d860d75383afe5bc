"""A conversation with a session whose two seams are scripted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.bundle import Manifest, VisionFacts
from engine.prompt.template import PromptStyle
from engine.seams import Cancelled, never
from engine.session import Session
from engine.types import (
    Answer,
    Event,
    Finished,
    ImagePart,
    Message,
    Part,
    Request,
    Sampling,
    TextDelta,
    TextPart,
)
from tests.support.fakes import ScriptedDecoder, ScriptedEncoder

VISION = VisionFacts(side=8, resize="squash", mean=(0, 0, 0), std=(1, 1, 1), join=2)
MANIFEST = Manifest(
    name="scripted",
    version="1",
    licence="MIT",
    languages=("en",),
    context=1024,
    n_embd=8,
    prompt=PromptStyle(template="chatml"),
    tasks=("chat", "caption", "refer", "identify", "detection", "grounding"),
    dialect="minigpt-v2",
    vision=VISION,
    sampling={"default": Sampling(max_tokens=40), "caption": Sampling(max_tokens=3)},
)
DOG, CAT = ImagePart(Path("dog.png")), ImagePart(Path("cat.png"))


def user(*parts: Part | str, task: str = "chat") -> Message:
    listed = tuple(TextPart(part) if isinstance(part, str) else part for part in parts)
    return Message("user", listed, task)


def assistant(text: str) -> Message:
    return Message("assistant", (TextPart(text),))


def session(
    decoder: ScriptedDecoder,
    encoder: ScriptedEncoder | None = None,
    *,
    manifest: Manifest = MANIFEST,
) -> Session:
    return Session(decoder, encoder or ScriptedEncoder(), manifest=manifest)


def ask(
    session: Session,
    *messages: Message,
    sampling: Sampling | None = None,
    cancelled: Cancelled = never,
) -> list[Event]:
    return list(session.answer(Request("q", messages, sampling), cancelled))


def answer(events: Sequence[Event]) -> Answer:
    last = events[-1]
    assert isinstance(last, Finished)
    assert not any(isinstance(event, Finished) for event in events[:-1])
    assert {event.id for event in events} == {"q"}
    return last.answer


def streamed(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))
