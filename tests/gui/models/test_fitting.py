"""The sentence on whether a model fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.models.fitting import fit_in_words
from engine.inventory import PROGRAM, Gpu, Inventory, ModelFacts, fit

GB = 1_000_000_000
MODEL = ModelFacts(
    path=Path("/models/seven"),
    default=False,
    name="seven",
    context=4096,
    weights=4 * GB,
    encoders=GB,
    cache=500_000,
)
NEEDED = 4 * GB + GB + PROGRAM
PARTS = "weights 4.0 GB, context of 4,096 tokens 2.0 GB, encoders 1.0 GB, program 360 MB"


def _said(free: int | None, *gpus: Gpu, context: int | None = None) -> str:
    there = Inventory((MODEL,), free, gpus)
    return fit_in_words(MODEL, fit(MODEL, there, context=context, device="auto"))


@pytest.mark.parametrize(
    ("free", "sentence"),
    [
        (20 * GB, f"It takes 7.4 GB ({PARTS}) of the 20.0 GB of main memory that are free."),
        (
            NEEDED + GB,
            f"It takes 7.4 GB ({PARTS}) of the 6.4 GB of main memory that are free; "
            "a context of 1,792 tokens fits, so that one is used.",
        ),
        (
            NEEDED - GB,
            f"It takes 7.4 GB ({PARTS}) of the 4.4 GB of main memory that are free; "
            "1.3 GB more must become free.",
        ),
        (None, f"It takes 7.4 GB ({PARTS}); how much is free is not known here."),
    ],
)
def test_in_main_memory(free: int | None, sentence: str) -> None:
    assert _said(free) == sentence


def test_on_several_gpus() -> None:
    cards = (Gpu("Card", 3 * GB, 8 * GB), Gpu("Other", 4 * GB, 8 * GB))
    assert _said(GB, *cards) == (
        f"It takes 6.0 GB ({PARTS}) of the 3.0 GB on Card and 4.0 GB on Other that are free."
    )
