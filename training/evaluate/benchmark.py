"""What a benchmark is: what is asked about which pictures, and how answers become figures."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.types import GroundedBox
from training.data.questions import Question, make
from training.data.samples import Sample

HIT = 0.5
"""The intersection over union from which a box is right."""

SCENES = "scenes"
"""The set of pictures that are drawn, from the seeds kept for measuring."""

DIALECT = DIALECTS["minigpt-v2"]
"""In which the right answers are written down; the model answers in its own."""

Asks = Callable[[Sample, random.Random], Question | None]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is kept between slices: boxes in 0..1 of the picture."""

    text: str
    boxes: tuple[GroundedBox, ...] = ()
    malformed: int = 0
    error: str | None = None

    @property
    def words(self) -> str:
        """The answer in small letters, without the full stop or the space around it."""
        return self.text.strip().lower().rstrip(".").strip()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a sample, and the model's reply."""

    sample: Sample
    question: Question
    reply: Reply


Measure = Callable[[Sequence[Asked]], Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """`pictures` is the set that is asked about, `ask` makes a question or passes, at most
    `per_picture` times a picture. `measure` gives figures by name, the one in `figure` first of
    all; `aim` is what that one should reach, None where it is only reported.
    """

    name: str
    pictures: str
    ask: Asks
    measure: Measure
    figure: str
    aim: float | None = None
    per_picture: int = 2

    def questions(self, sample: Sample, *, seed: int) -> Iterator[Question]:
        """Different questions about one picture, the same ones for the same seed."""
        rng = random.Random(f"evaluate:{seed}:{self.name}:{sample.key}")
        seen: set[tuple[str, tuple[Box, ...]]] = set()
        for _ in range(2 * self.per_picture):
            question = self.ask(sample, rng)
            if question is None or (question.words.lower(), question.regions) in seen:
                continue
            seen.add((question.words.lower(), question.regions))
            yield question
            if len(seen) == self.per_picture:
                return


def asks(kind: str) -> Asks:
    """The maker of a kind of question that training asks too, on the true boxes."""

    def ask(sample: Sample, rng: random.Random) -> Question | None:
        return make(kind, sample, rng, DIALECT)

    return ask


def exact(asked: Sequence[Asked]) -> dict[str, float]:
    """The share of replies that are the answer, letter by letter but for case and full stop."""
    return {"exact": share([a.reply.words == a.question.answer.strip().lower() for a in asked])}


def share(hits: Sequence[bool]) -> float:
    """How many of them are true, 0..1."""
    return sum(hits) / max(1, len(hits))


def f1(right: int, said: int, wanted: int) -> float:
    """The harmonic mean of precision and recall, from counts summed over all pictures."""
    return 2 * right / max(1, said + wanted)
