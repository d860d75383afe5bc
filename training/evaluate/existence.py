"""Is it there? Half of the answers are no, and those are about likely and frequent things."""

from __future__ import annotations

from collections.abc import Sequence

from training.evaluate.benchmark import SCENES, Asked, Benchmark, asks, exact, share


def judged(asked: Sequence[Asked]) -> dict[str, float]:
    """The share of right replies, and how many of the right answers and of the replies are yes."""
    return {
        **exact(asked),
        "answers yes": share([a.question.answer == "yes" for a in asked]),
        "said yes": share([a.reply.words == "yes" for a in asked]),
    }


BENCHMARKS = (
    Benchmark(
        name="existence",
        pictures=SCENES,
        ask=asks("existence"),
        measure=judged,
        figure="exact",
        aim=0.90,
    ),
    Benchmark(
        name="existence: classes",
        pictures="coco-val",
        ask=asks("existence"),
        measure=judged,
        figure="exact",
        aim=0.80,
        per_picture=4,
    ),
)
