"""The models of this machine and whether each fits its memory: values and arithmetic alone.

The window reads them from `sightline models list --json`; `engine.survey` finds them out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from engine.types import Device

# What the engine takes besides weights, cache and encoders (`sightline bench`, memory).
PROGRAM = 360_000_000
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

    `encoders` is what they take in memory, `cache` what a token of the context does. `sees` and
    `hears` say which senses it has.
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
    sees: bool = False
    hears: bool = False
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A verdict, what the model takes and what there is. Sizes in bytes, `context` in tokens.

    `takes` is needed on the GPUs where `gpus` names any, else in main memory, and `cache` is that
    of the `context` alone. `free` is what is free there (None: not known). `shorter` is a context
    that would fit, `missing` how much more must become free for any.
    """

    verdict: Verdict
    takes: int
    context: int
    cache: int
    free: int | None
    gpus: tuple[Gpu, ...] = ()
    shorter: int = 0
    missing: int = 0


def fit(model: ModelFacts, there: Inventory, *, context: int | None, device: Device) -> Fit:
    """Whether the model fits with that context (None: its own) before anything is loaded.

    With GPUs, their memory together takes the language model; the rest is in main memory.
    """
    wanted = min(model.context, context or model.context)
    cache = wanted * model.cache
    gpus = there.gpus if device == "auto" else ()
    if gpus:
        free: int | None = sum(gpu.free for gpu in gpus)
        fixed = model.weights
    else:
        free, fixed = there.free, model.weights + model.encoders + PROGRAM
    found = Fit(
        verdict=Verdict.UNKNOWN,
        takes=fixed + cache,
        context=wanted,
        cache=cache,
        free=free,
        gpus=gpus,
    )
    if free is None:
        return found
    # The engine leaves half of the free main memory to others.
    room = free - fixed if gpus else min(free - fixed, free // 2)
    if cache <= room:
        return replace(found, verdict=Verdict.FITS)
    shorter = room // model.cache // _ROUND * _ROUND if model.cache else 0
    if shorter >= _SMALLEST:
        return replace(found, verdict=Verdict.SHORTER, shorter=shorter)
    missing = fixed + _SMALLEST * model.cache - free
    return replace(found, verdict=Verdict.TOO_LARGE, missing=missing)


def amount(size: int) -> str:
    """Bytes as a person reads them."""
    if size < 1_000_000_000:
        return f"{max(size, 0) / 1e6:.0f} MB"
    return f"{size / 1e9:.1f} GB"
