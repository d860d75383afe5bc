"""How many are there? The number must be right."""

from __future__ import annotations

from training.evaluate.benchmark import SCENES, Benchmark, asks, exact

BENCHMARKS = (
    Benchmark(
        name="counting",
        pictures=SCENES,
        ask=asks("counting"),
        measure=exact,
        figure="exact",
        aim=0.70,
    ),
)
