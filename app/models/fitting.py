"""Whether a model fits, as one sentence: what it takes and what there is.

Of an installed one all is known; of one that could be installed, what the catalogue says.
"""

from __future__ import annotations

from functools import reduce

from app.texts import marked, translate
from engine.catalogue import Offer
from engine.inventory import PROGRAM, Fit, Gpu, Inventory, ModelFacts, Verdict, amount
from engine.types import Device

_TAKES = marked(
    "models",
    "It takes {size} (weights {weights}, context of {context} tokens {cache}, "
    "encoders {encoders}, program {program})",
    "",
    2,
)
_UNKNOWN = marked("models", "{takes}; how much is free is not known here.")
_FITS = marked("models", "{takes} of the {free} that are free.")
_SHORTER = marked(
    "models",
    "{takes} of the {free} that are free; a context of {shorter} tokens fits, so that one is used.",
    "",
    2,
)
_TOO_LARGE = marked(
    "models", "{takes} of the {free} that are free; {missing} more must become free."
)
_LOADS = marked("models", "{size} to download")
_GOES_ON = marked("models", "{size} to download, {kept} of it are here already")
_MEMORY = marked("models", "{size} of memory")
_OF_FREE = marked("models", "{size} of memory ({free} free)")


def fit_in_words(model: ModelFacts, fit: Fit) -> str:
    """The sentence of a verdict on a model."""
    takes = translate("models", _TAKES, "", fit.context).format(
        size=amount(fit.takes),
        weights=amount(model.weights),
        context=f"{fit.context:,}",
        cache=amount(fit.cache),
        encoders=amount(model.encoders),
        program=amount(PROGRAM),
    )
    if fit.verdict is Verdict.UNKNOWN:
        return translate("models", _UNKNOWN).format(takes=takes)
    free = _free(fit.free, fit.gpus)
    if fit.verdict is Verdict.FITS:
        return translate("models", _FITS).format(takes=takes, free=free)
    if fit.verdict is Verdict.TOO_LARGE:
        missing = amount(fit.missing)
        return translate("models", _TOO_LARGE).format(takes=takes, free=free, missing=missing)
    shorter = translate("models", _SHORTER, "", fit.shorter)
    return shorter.format(takes=takes, free=free, shorter=f"{fit.shorter:,}")


def verdict_on(memory: int, there: Inventory, device: Device) -> Verdict:
    """Whether a model that takes so much memory, in bytes, would fit."""
    free = _room(there, device)
    if free is None:
        return Verdict.UNKNOWN
    return Verdict.FITS if memory <= free else Verdict.TOO_LARGE


def room_in_words(offer: Offer, there: Inventory | None, device: Device) -> str:
    """What it would take of the line and of the memory; `there` is None while it is not known."""
    loads = translate("models", _GOES_ON if offer.kept else _LOADS)
    loads = loads.format(size=amount(offer.size), kept=amount(offer.kept))
    if there is None or (free := _room(there, device)) is None:
        takes = translate("models", _MEMORY).format(size=amount(offer.memory))
    else:
        gpus = there.gpus if device == "auto" else ()
        takes = translate("models", _OF_FREE)
        takes = takes.format(size=amount(offer.memory), free=_free(free, gpus))
    return f"{loads} · {takes}"


def _room(there: Inventory, device: Device) -> int | None:
    """The free memory in which a model would run, in bytes."""
    gpus = there.gpus if device == "auto" else ()
    return sum(gpu.free for gpu in gpus) if gpus else there.free


def _free(free: int | None, gpus: tuple[Gpu, ...]) -> str:
    """How much memory is free, and where."""
    if not gpus:
        return translate("models", "{size} of main memory").format(size=amount(free or 0))
    on = translate("models", "{size} on {device}")
    both = translate("models", "{one} and {another}")
    parts = [on.format(size=amount(gpu.free), device=gpu.name) for gpu in gpus]
    return reduce(lambda one, another: both.format(one=one, another=another), parts)
