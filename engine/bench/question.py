"""What the benchmark asks, and how it listens."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

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


def make_picture(path: Path) -> Path:
    """A photograph's worth of smooth colours, saved at `path`."""
    across, down = np.meshgrid(np.linspace(0, 255, 640), np.linspace(0, 255, 480))
    values = np.stack([across, down, 255 - across], -1)  # [480, 640, 3]
    Image.fromarray(values.astype(np.uint8)).save(path)
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


def gaps(events: Iterable[Event]) -> list[float]:
    """Milliseconds between one piece of text and the next."""
    times = [perf_counter() for event in events if isinstance(event, TextDelta)]
    return [(later - earlier) * 1000 for earlier, later in pairwise(times)]
