"""How far an installation is, as one line: what is done, how fast, how long it will take."""

from __future__ import annotations

from app.texts import marked, translate
from engine.hub.progress import Progress, Stage
from engine.inventory import amount

_STAGES: dict[Stage, str] = {
    "check": marked("models", "Looking at what is needed"),
    "download": marked("models", "Downloading"),
    "verify": marked("models", "Checking every byte"),
    "import": marked("models", "Putting it in place"),
}
_OF = marked("models", "{done} of {total}")
_PER_SECOND = marked("models", "{size} a second")
_SOON = marked("models", "less than a minute left")
_MINUTES = marked("models", "about %n minutes left", "", 2)
_HOURS = marked("models", "about %n hours left", "", 2)
_MINUTE, _HOUR = 60, 3600
_IN_MINUTES = 90  # so many are said in minutes


def step_in_words(step: Progress) -> str:
    """A step as the person reads it, in one line."""
    parts = [translate("models", _STAGES[step.stage])]
    if step.total:
        of = translate("models", _OF)
        parts.append(of.format(done=amount(step.done), total=amount(step.total)))
    if step.rate:
        parts.append(translate("models", _PER_SECOND).format(size=_small_amount(step.rate)))
    if step.left_s is not None:
        parts.append(_left(step.left_s))
    return " · ".join(parts)


def _small_amount(size: float) -> str:
    return f"{size / 1e3:.0f} kB" if size < 1e6 else amount(round(size))


def _left(seconds: float) -> str:
    """The time that is left, no more exact than anybody can know it."""
    minutes = round(seconds / _MINUTE)
    if minutes < 1:
        return translate("models", _SOON)
    if minutes <= _IN_MINUTES:
        return translate("models", _MINUTES, "", minutes)
    return translate("models", _HOURS, "", round(seconds / _HOUR))
