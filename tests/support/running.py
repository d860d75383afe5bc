"""Running generators that give their result at the end."""

from __future__ import annotations

from collections.abc import Generator
from itertools import islice
from typing import TypeVar

from engine.seams import Cancelled, Prefilled, Run, TextDecoder, never
from engine.types import Sampling

T = TypeVar("T")


def result(work: Generator[object, None, T]) -> T:
    """What the generator returns; what it yields is dropped."""
    try:
        while True:
            next(work)
    except StopIteration as done:
        given: T = done.value
        return given


def read(decoder: TextDecoder, prompt: list[Run], cancelled: Cancelled = never) -> Prefilled:
    """Prefills the decoder with the prompt."""
    return result(decoder.prefill(prompt, cancelled=cancelled))


def said_by(
    decoder: TextDecoder,
    count: int,
    sampling: Sampling | None = None,
    *,
    grammar: str | None = None,
) -> list[bytes]:
    """At most `count` tokens of the decoder's answer."""
    stream = decoder.stream(sampling or Sampling(), grammar=grammar)
    tokens = list(islice(stream, count))
    stream.close()
    return tokens
