"""The models of this machine and whether each fits its memory: values and arithmetic alone.

The window reads them from `sightline models list --json`; `engine.survey` finds them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from engine.types import Device

# What the engine takes besides weights, cache and encoders.
PROGRAM = 300_000_000
_SMALLEST, _ROUND = 512, 256  # the least context of use, in tokens, and in which steps it is cut


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a model's evaluation: asked what, on which pictures, what came out."""

    name: str
    pictures: str
    figure: str
    value: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """An installed bundle, sizes in bytes. Of one that can't be read only `error` says more.

    `encoders` is what they take in memory, `cache` what a token of the context does.
    """

    path: Path
    default: bool
    name: str
    error: str | None = None
    version: str = ""
    licence: str = ""
    size: int = 0
    languages: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    context: int = 0
    weights: int = 0
    encoders: int = 0
    cache: int = 0
    measured: tuple[Measured, ...] = ()


@dataclass(frozen=True, slots=True)
class Gpu:
    """A device of llama.cpp's with memory of its own, in bytes."""

    name: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """The models, the main memory that is free (None: not known here), and the GPUs."""

    models: tuple[ModelFacts, ...]
    free: int | None
    gpus: tuple[Gpu, ...]


class Verdict(Enum):
    """Whether a model fits."""

    FITS = "fits"
    SHORTER = "fits with less context"
    TOO_LARGE = "too large"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Fit:
    """A verdict, and a sentence with what the model takes and what there is."""

    verdict: Verdict
    sentence: str


def fit(model: ModelFacts, there: Inventory, *, context: int | None, device: Device) -> Fit:
    """Whether the model fits with that context (None: its own) before anything is loaded.

    With GPUs, their memory together takes the language model; the rest is in main memory.
    """
    wanted = min(model.context, context or model.context)
    cache = wanted * model.cache
    beside = model.encoders + PROGRAM
    what = (
        f"weights {amount(model.weights)}, context of {wanted:,} tokens {amount(cache)}, "
        f"encoders {amount(model.encoders)}, program {amount(PROGRAM)}"
    )
    on_gpus = device == "auto" and bool(there.gpus)
    if on_gpus:
        free: int | None = sum(gpu.free for gpu in there.gpus)
        names = " and ".join(f"{amount(gpu.free)} on {gpu.name}" for gpu in there.gpus)
        fixed, place = model.weights, f"of the {names} that are free"
    else:
        free, fixed, place = there.free, model.weights + beside, "of main memory"
    takes = f"It takes {amount(fixed + cache)} ({what})"
    if free is None:
        return Fit(Verdict.UNKNOWN, f"{takes}; how much is free is not known here.")
    room = free - fixed
    if not on_gpus:
        # The engine leaves half of the free memory to others.
        room, place = min(room, free // 2), f"of the {amount(free)} of main memory that are free"
    if cache <= room:
        return Fit(Verdict.FITS, f"{takes} {place}.")
    shorter = room // model.cache // _ROUND * _ROUND if model.cache else 0
    if shorter >= _SMALLEST:
        return Fit(
            Verdict.SHORTER,
            f"{takes} {place}; a context of {shorter:,} tokens fits, so that one is used.",
        )
    return Fit(
        Verdict.TOO_LARGE,
        f"{takes} {place}; {amount(fixed + _SMALLEST * model.cache - free)} more must become free.",
    )


def amount(size: int) -> str:
    """Bytes as a person reads them."""
    if size < 1_000_000_000:
        return f"{max(size, 0) / 1e6:.0f} MB"
    return f"{size / 1e9:.1f} GB"
