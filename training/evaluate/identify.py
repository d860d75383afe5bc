"""Naming what is in a box: drawn things, faces' expressions, photographed things by their class."""

from __future__ import annotations

from training.evaluate.benchmark import SCENES, Benchmark, asks, exact

BENCHMARKS = (
    Benchmark(
        name="identify",
        pictures=SCENES,
        ask=asks("identify"),
        measure=exact,
        figure="exact",
        aim=0.80,
    ),
    Benchmark(
        name="expression", pictures=SCENES, ask=asks("expression"), measure=exact, figure="exact"
    ),
    Benchmark(
        name="identify: class",
        pictures="coco-val",
        ask=asks("identify"),
        measure=exact,
        figure="exact",
        aim=0.50,
        per_picture=4,
    ),
)
