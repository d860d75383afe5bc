"""What the benchmark asks, and how it listens."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

from PIL import Image, ImageDraw

from engine.session import Session
from engine.types import (
    Answer,
    Event,
    Finished,
    ImagePart,
    Message,
    Request,
    Sampling,
    TextDelta,
    TextPart,
)

Figures = dict[str, Any]

REPEATS = 5
ANSWER_TOKENS = 48
STORY = "Write a long story about a brown dog, a small boat and the sea."
LONG_WORDS = " ".join(f"{number} boats, {number} dogs and a cat." for number in range(30))


SPEECH = Path(__file__).resolve().parents[2] / "resources" / "examples" / "question.ogg"
"""Five seconds of a question, spoken."""

_COLOURS = ("red", "green", "blue", "black", "orange", "purple", "brown", "gray", "teal")


def make_picture(path: Path) -> Path:
    """Nine discs on a light ground, saved at `path`: things for eyes that look for regions."""
    image = Image.new("RGB", (640, 480), "#f4f1ea")
    draw = ImageDraw.Draw(image)
    for number, colour in enumerate(_COLOURS):
        down, across = divmod(number, 3)
        left, top = 60 + 200 * across, 40 + 150 * down
        draw.ellipse((left, top, left + 100, top + 100), fill=colour)
    image.save(path)
    return path


def user(words: str, picture: Path | None = None) -> Message:
    """A person's turn."""
    parts = [TextPart(words)] if words else []
    return Message("user", (*([ImagePart(picture)] if picture else []), *parts))


def request(*messages: Message, tokens: int = ANSWER_TOKENS) -> Request:
    """A request for at most so many tokens, the likeliest ones."""
    return Request("bench", messages, Sampling(max_tokens=tokens))


def ask(session: Session, *messages: Message, tokens: int = ANSWER_TOKENS) -> Answer:
    """The session's answer. Raises AssertionError where there is none."""
    return answer_of(session.answer(request(*messages, tokens=tokens)))


def answer_of(events: Iterable[Event]) -> Answer:
    """What the last event says; the benchmark's questions must not fail."""
    *_, last = events
    assert isinstance(last, Finished), last
    assert last.answer.error is None, last.answer.error
    return last.answer


def token_ms(events: Iterable[Event]) -> float:
    """Milliseconds a token, from the first piece of text that came to the last."""
    times, tokens = [], 0
    for event in events:
        if isinstance(event, TextDelta):
            times.append(perf_counter())
        elif isinstance(event, Finished):
            tokens = event.answer.stats.decode_tokens
    return (times[-1] - times[0]) * 1000 / (tokens - 1)
