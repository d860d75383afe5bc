"""Whether a model fits, as one sentence: what it takes and what there is."""

from __future__ import annotations

from functools import reduce

from app.texts import marked, translate
from engine.inventory import PROGRAM, Fit, ModelFacts, Verdict, amount

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
    free = _free(fit)
    if fit.verdict is Verdict.FITS:
        return translate("models", _FITS).format(takes=takes, free=free)
    if fit.verdict is Verdict.TOO_LARGE:
        missing = amount(fit.missing)
        return translate("models", _TOO_LARGE).format(takes=takes, free=free, missing=missing)
    shorter = translate("models", _SHORTER, "", fit.shorter)
    return shorter.format(takes=takes, free=free, shorter=f"{fit.shorter:,}")


def _free(fit: Fit) -> str:
    """How much memory is free, and where."""
    if not fit.gpus:
        return translate("models", "{size} of main memory").format(size=amount(fit.free or 0))
    on = translate("models", "{size} on {device}")
    both = translate("models", "{one} and {another}")
    parts = [on.format(size=amount(gpu.free), device=gpu.name) for gpu in fit.gpus]
    return reduce(lambda one, another: both.format(one=one, another=another), parts)
