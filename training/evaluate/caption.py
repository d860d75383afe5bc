"""Captions: the things of a scene that are named, and people's captions of a photograph."""

from __future__ import annotations

import random
from collections.abc import Sequence

from training.data.questions import Question, names_in
from training.data.samples import Sample
from training.evaluate.benchmark import SCENES, Asked, Benchmark, asks, f1
from training.evaluate.cider import cider


def named(asked: Sequence[Asked]) -> dict[str, float]:
    """F1, precision and recall of the names of things, summed over all scenes."""
    right = said = wanted = 0
    for a in asked:
        found, truth = names_in(a.reply.text), set(a.question.names)
        right += len(found & truth)
        said += len(found)
        wanted += len(truth)
    return {
        "F1 of names": f1(right, said, wanted),
        "precision": right / max(1, said),
        "recall": right / max(1, wanted),
    }


def described(asked: Sequence[Asked]) -> dict[str, float]:
    """CIDEr-D against all captions of each photograph."""
    captions = [a.reply.text for a in asked]
    return {"CIDEr": cider(captions, [a.sample.captions for a in asked])}


def briefly(sample: Sample, _rng: random.Random) -> Question | None:
    """The task alone, without words."""
    if not sample.captions:
        return None
    return Question("caption", "", (), sample.captions[0], "caption")


BENCHMARKS = (
    Benchmark(
        name="caption",
        pictures=SCENES,
        ask=asks("caption"),
        measure=named,
        figure="F1 of names",
        aim=0.75,
        per_picture=1,
    ),
    Benchmark(
        name="caption: people's",
        pictures="flickr8k-val",
        ask=briefly,
        measure=described,
        figure="CIDEr",
        aim=0.45,
        per_picture=1,
    ),
)
