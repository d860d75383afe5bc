"""Pointing: a phrase that fits one thing -> its box, and `none` for what is not there."""

from __future__ import annotations

import random
from collections.abc import Sequence

from training.data.photos import boxed_phrases
from training.data.questions import Question
from training.data.questions.wording import bare
from training.data.samples import Sample
from training.evaluate.benchmark import DIALECT, HIT, SCENES, Asked, Benchmark, asks, share


def pointed(asked: Sequence[Asked]) -> dict[str, float]:
    """The share of replies whose first box covers the thing at IoU 0.5, and of replies `none`."""
    hits = [
        bool(a.reply.boxes) and a.reply.boxes[0].box.iou(a.question.boxes[0]) >= HIT for a in asked
    ]
    return {"IoU 0.5": share(hits), "said none": share([not a.reply.boxes for a in asked])}


def refused(asked: Sequence[Asked]) -> dict[str, float]:
    """The share of replies without a box, where there is nothing to point at."""
    return {"said none": share([not a.reply.boxes for a in asked])}


def phrase_with_one_box(sample: Sample, rng: random.Random) -> Question | None:
    """Any phrase of any of the captions that has exactly one box, as it was written."""
    known = [(bare(words), boxes) for words, boxes in boxed_phrases(sample) if len(boxes) == 1]
    if not known:
        return None
    words, boxes = rng.choice(known)
    return Question("refer", words, (), DIALECT.boxes(boxes), "refer", boxes)


BENCHMARKS = (
    Benchmark(
        name="refer",
        pictures=SCENES,
        ask=asks("refer"),
        measure=pointed,
        figure="IoU 0.5",
        aim=0.80,
    ),
    Benchmark(
        name="refer: nothing there",
        pictures=SCENES,
        ask=asks("refer-none"),
        measure=refused,
        figure="said none",
        per_picture=1,
    ),
    Benchmark(
        name="refer: phrases",
        pictures="flickr8k-val",
        ask=phrase_with_one_box,
        measure=pointed,
        figure="IoU 0.5",
        aim=0.35,
        per_picture=1,
    ),
)
