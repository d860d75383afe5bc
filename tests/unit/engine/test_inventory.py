"""Whether a model fits, by its sizes alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.inventory import PROGRAM, Gpu, Inventory, Measured, ModelFacts, Verdict, amount, fit
from engine.plain import from_plain, to_plain

GB = 1_000_000_000
MODEL = ModelFacts(
    path=Path("/models/seven"),
    default=False,
    name="seven",
    context=4096,
    weights=4 * GB,
    encoders=GB,
    cache=500_000,
    measured=(Measured("refer", "scenes", "IoU 0.5", 0.5, 60),),
)
NEEDED = 4 * GB + GB + PROGRAM
CARD = Gpu("Card", 8 * GB, 8 * GB)


def _there(free: int | None, *gpus: Gpu) -> Inventory:
    return Inventory((MODEL,), free, gpus)


@pytest.mark.parametrize(
    ("free", "context", "verdict"),
    [
        (20 * GB, None, Verdict.FITS),
        (NEEDED + 1_100_000_000, 2048, Verdict.FITS),
        (NEEDED + GB, None, Verdict.SHORTER),
        (NEEDED - GB, None, Verdict.TOO_LARGE),
        (None, None, Verdict.UNKNOWN),
        (20 * GB, 10**9, Verdict.FITS),
    ],
)
def test_in_main_memory(free: int | None, context: int | None, verdict: Verdict) -> None:
    found = fit(MODEL, _there(free), context=context, device="auto")
    assert found.verdict is verdict
    assert (found.free, found.gpus) == (free, ())
    assert found.context == min(context or 4096, 4096)
    assert found.takes == NEEDED + found.cache == NEEDED + found.context * MODEL.cache


def test_a_context_that_fits_and_what_is_missing_are_told() -> None:
    assert fit(MODEL, _there(NEEDED + GB), context=None, device="auto").shorter == 1792
    missing = fit(MODEL, _there(NEEDED - GB), context=None, device="auto").missing
    assert missing == GB + 512 * MODEL.cache


def test_the_context_never_takes_more_than_half_of_what_is_free() -> None:
    wide = replace(MODEL, weights=0, encoders=0, cache=2 * GB // 1024, context=1024)
    assert fit(wide, _there(3 * GB), context=None, device="cpu").verdict is Verdict.SHORTER


def test_the_language_model_goes_to_the_gpus_together() -> None:
    one, two = _there(GB, CARD), _there(GB, replace(CARD, free=3 * GB), replace(CARD, free=4 * GB))
    assert fit(MODEL, one, context=None, device="auto").verdict is Verdict.FITS
    both = fit(MODEL, two, context=None, device="auto")
    assert both.verdict is Verdict.FITS
    assert (both.free, len(both.gpus)) == (7 * GB, 2)
    assert both.takes == MODEL.weights + both.cache
    assert fit(MODEL, one, context=None, device="cpu").verdict is Verdict.TOO_LARGE


def test_it_crosses_to_another_process_whole() -> None:
    there = _there(5, CARD)
    assert from_plain(Inventory, json.loads(json.dumps(to_plain(there)))) == there


@pytest.mark.parametrize(
    ("size", "words"), [(-1, "0 MB"), (145_000_000, "145 MB"), (2_340_000_000, "2.3 GB")]
)
def test_amounts(size: int, words: str) -> None:
    assert amount(size) == words
