"""Every kind of question in one table, and the choice of varied questions about one picture."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from engine.grounding.codec import Dialect
from engine.grounding.geometry import Box
from training.data.questions import asked, asking, people, pointing, telling
from training.data.questions.question import Frame, Question
from training.data.samples import Sample

Maker = Callable[[Frame], Question | None]

KINDS: dict[str, Maker] = {
    "refer": pointing.refer,
    "extreme": pointing.extreme,
    "refer-none": pointing.refer_none,
    "identify": pointing.identify,
    "expression": pointing.expression,
    "detection": pointing.detection,
    "detection-none": pointing.detection_none,
    "existence": asking.existence,
    "counting": asking.counting,
    "several": asking.several,
    "colour": asking.colour,
    "relation": asking.relation,
    "position": asking.position,
    "reading": asking.reading,
    "caption": telling.caption,
    "grounding": telling.grounding,
    "chat": telling.chat,
    "people": people.people,
    "statement": people.statement,
    "label": people.label,
}


ROUNDS = 24  # times that measuring goes round the pictures for another question
ONCE = frozenset(("identify", "detection", "caption", "grounding", "chat", "label"))


def make(
    kind: str,
    sample: Sample,
    rng: random.Random,
    dialect: Dialect,
    *,
    proposals: Sequence[Box] | None = None,
) -> Question | None:
    """One question of a kind; None where the picture gives none (this time).

    With `proposals`, boxes in the answer are proposals (IoU 0.5 and better with the truth), so that
    the model learns to copy what it will see; without, they are the truth. Raises KeyError for a
    kind that is not in `KINDS`.
    """
    frame = Frame(sample, rng, dialect, None if proposals is None else tuple(proposals))
    return _made(kind, frame)


def _made(kind: str, frame: Frame) -> Question | None:
    """A question of a kind; of a picture with corrected answers, one of those that were asked."""
    return asked.asked(kind, frame) if frame.sample.asked else KINDS[kind](frame)


def questions_for(
    sample: Sample,
    rng: random.Random,
    dialect: Dialect,
    *,
    count: int,
    weights: Mapping[str, float],
    proposals: Sequence[Box] | None = None,
) -> list[Question]:
    """At most `count` different questions about one picture, of kinds drawn by weight.

    A kind that the picture can't answer is passed over; fewer questions come back where it has no
    more to give. The same arguments and the same state of `rng` give the same questions.
    """
    frame = Frame(sample, rng, dialect, None if proposals is None else tuple(proposals))
    left = {kind: weight for kind, weight in weights.items() if weight > 0}
    found: list[Question] = []
    seen: set[tuple[str, str, tuple[Box, ...]]] = set()
    misses: dict[str, int] = {}
    while len(found) < count and left:
        kind = rng.choices(tuple(left), tuple(left.values()))[0]
        question = _made(kind, frame)
        if question is not None and seen.isdisjoint(keys := _keys(question)):
            seen.update(keys)
            found.append(question)
            continue
        # One picture in a few has no word, or no shape: ask twice more and then for something else.
        misses[kind] = misses.get(kind, 0) + 1
        if misses[kind] > 2:
            del left[kind]
    return found


def measured(
    kind: str, samples: Sequence[Sample], dialect: Dialect, *, count: int
) -> list[tuple[Sample, Question]]:
    """At most `count` questions of a kind over all pictures, always the same: what is measured by.

    Goes round the pictures, one question of each at a time, until there are enough or nothing new
    comes. Boxes are the truth.
    """
    asked: list[tuple[Sample, Question]] = []
    seen: set[tuple[str, str, tuple[Box, ...]]] = set()
    for turn in range(ROUNDS):
        for sample in samples:
            if len(asked) == count:
                return asked
            question = make(kind, sample, random.Random(f"{kind}:{turn}:{sample.key}"), dialect)
            if question is not None and (key := _measured_key(sample, question)) not in seen:
                seen.add(key)
                asked.append((sample, question))
    return asked


def _measured_key(sample: Sample, question: Question) -> tuple[str, str, tuple[Box, ...]]:
    # A second wording of the same question would count the same thing twice.
    said = question.words.lower() if question.kind not in ONCE else question.answer
    return sample.key, said.rstrip("?."), question.regions


def _keys(question: Question) -> set[tuple[str, str, tuple[Box, ...]]]:
    """What must not come twice about one picture: the words, and an answer that says much."""
    keys = {(question.task, question.words.lower().rstrip("?."), question.regions)}
    if question.kind in ONCE:
        keys.add((question.kind, question.answer, question.regions))
    return keys
