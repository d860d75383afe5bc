"""The sentence on whether a model fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.models.fitting import fit_in_words, room_in_words, verdict_on
from engine.inventory import PROGRAM, Gpu, Inventory, ModelFacts, Verdict, fit
from tests.gui.models.conftest import offer

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


@pytest.mark.parametrize(
    ("there", "verdict", "sentence"),
    [
        (None, None, "3.0 GB to download · 4.0 GB of memory"),
        (Inventory((), None, ()), Verdict.UNKNOWN, "3.0 GB to download · 4.0 GB of memory"),
        (
            Inventory((), 4 * GB, ()),
            Verdict.FITS,
            "3.0 GB to download · 4.0 GB of memory (4.0 GB of main memory free)",
        ),
        (
            Inventory((), 20 * GB, (Gpu("Card", 3 * GB, 8 * GB),)),
            Verdict.TOO_LARGE,
            "3.0 GB to download · 4.0 GB of memory (3.0 GB on Card free)",
        ),
    ],
)
def test_of_one_that_could_be_installed(
    there: Inventory | None, verdict: Verdict | None, sentence: str
) -> None:
    eyes = offer("eyes")
    assert room_in_words(eyes, there, "auto") == sentence
    if there is not None:
        assert verdict_on(eyes.memory, there, "auto") is verdict


def test_on_the_processor_the_gpus_do_not_count() -> None:
    there = Inventory((), 20 * GB, (Gpu("Card", 3 * GB, 8 * GB),))
    assert verdict_on(4 * GB, there, "cpu") is Verdict.FITS
    assert "20.0 GB of main memory free" in room_in_words(offer("eyes"), there, "cpu")


def test_what_was_downloaded_before_is_said() -> None:
    begun = room_in_words(offer("eyes", kept=GB), None, "auto")
    assert begun.startswith("3.0 GB to download, 1.0 GB of it are here already · ")
