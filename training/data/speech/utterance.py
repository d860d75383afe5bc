"""Something that was said, whatever corpus or synthesizer it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.media.audio import Samples


@dataclass(frozen=True, slots=True)
class Utterance:
    """A recording and what is said in it.

    `text` are the words, "" where the corpus does not tell them. `voice` says who speaks: equal
    voices are one speaker within a corpus. `open` gives the sound and raises DataError. `answer` is
    what an assistant should answer to a spoken instruction, None for speech that asks nothing.
    """

    key: str
    text: str
    voice: str
    open: Callable[[], Samples] = field(compare=False, repr=False)
    answer: str | None = None
