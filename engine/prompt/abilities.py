"""The methods and functions that a chat template may call, by name.

What can make something long out of something short pays for it before, from the rendering's
budget. What is not named here does not exist for a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError
from jinja2.utils import Namespace

from engine.prompt.budget import ITEM, Budget, TooMuch

METHODS: dict[type, frozenset[str]] = {
    str: frozenset((
        "capitalize", "count", "endswith", "find", "format", "index", "isalnum", "isalpha",
        "isascii", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper",
        "join", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind",
        "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip",
        "swapcase", "title", "upper",
    )),
    dict: frozenset(("get", "items", "keys", "values")),
    list: frozenset(("count", "index")),
    tuple: frozenset(("count", "index")),
}  # fmt: skip
LOOP_METHODS = frozenset(("changed", "cycle"))
LOOP_VALUES = frozenset((
    "depth", "depth0", "first", "index", "index0", "last", "length", "nextitem", "previtem",
    "revindex", "revindex0",
))  # fmt: skip

PADDED = 1000  # what a field of a format can add to its value, in characters
_FIELD = re.compile(r"%(?:\(\w*\))?[-+ #0]{0,5}\d{0,3}(?:\.\d{0,3})?[A-Za-z%]")
_LONGEST_DATE = 64  # of the form in which the date is asked for, in characters


class Ability:
    """A function that a template may call; where `weighed`, its arguments are paid for first."""

    __slots__ = ("run", "weighed")

    def __init__(self, run: Callable[..., Any], *, weighed: bool = True) -> None:
        self.run = run
        self.weighed = weighed


class Notes(Namespace):
    """`namespace()`: what a template remembers across its loops.

    It does not print what is in it, which may be itself.
    """

    def __init__(*args: Any, **kwargs: Any) -> None:
        # As in Jinja2's, a template may have an attribute called "self".
        given = dict(*args[1:], **kwargs)
        for name in given:
            _check_name(name)
        Namespace.__init__(args[0], given)

    def __setitem__(self, name: str, value: Any) -> None:
        _check_name(name)
        super().__setitem__(name, value)

    def __repr__(self) -> str:
        return "<Namespace>"


def functions(budget: Budget) -> dict[str, Ability]:
    """The functions by their names: Jinja2's that templates use, and transformers' two."""
    return {
        "dict": Ability(dict),
        "namespace": Ability(Notes),
        "raise_exception": Ability(_raise),
        "range": Ability(lambda *ends: budget.hold(range(*ends))),
        "strftime_now": Ability(_now),
    }


def method(budget: Budget, value: Any, name: str) -> Ability:
    """A method of `METHODS`, of a value that the template has."""
    if isinstance(value, list | tuple):
        budget.weigh(value)  # each item is compared, to its depths
    else:
        budget.hold(value)
    match value, name:
        case str(), "replace":
            return Ability(partial(replaced, budget, value))
        case str(), "join":
            return Ability(partial(joined, budget, value))
        case str(), "rsplit" | "split" | "splitlines":
            return Ability(partial(_split, budget, value, name))
        case dict(), "items" | "keys" | "values":
            return Ability(lambda: list(getattr(value, name)()))
        case _:
            return Ability(getattr(value, name))


def percent(budget: Budget, text: str, values: Any) -> str:
    """`text % values`, where no field is wider than three digits can say."""
    if "%" in _FIELD.sub("", text):
        raise TooMuch("A field of a format is not plain.")
    fields = text.count("%")
    weight = budget.weigh(values)
    budget.spend(len(text) + fields * (PADDED + (weight if isinstance(values, dict) else 0)))
    return str(text % values)


def replaced(budget: Budget, text: Any, old: str, new: str, count: int | None = None) -> str:
    """`str.replace`."""
    text = str(text)
    found = text.count(old)
    times = found if count is None or count < 0 else min(found, count)
    budget.spend(len(text) + len(new) * times)
    return str(text.replace(old, new, times))


def joined(budget: Budget, between: str, parts: Any) -> str:
    """`str.join`."""
    parts = list(parts)
    budget.spend(len(between) * len(parts) + sum(len(part) for part in parts))
    return between.join(parts)


def _split(budget: Budget, text: str, how: str, *args: Any, **kwargs: Any) -> list[str]:
    between = kwargs.get("sep", args[0] if args else None)
    found = text.count(between) if isinstance(between, str) else len(text) // 2
    budget.spend(ITEM * found)
    parts: list[str] = getattr(text, how)(*args, **kwargs)
    return parts


def _check_name(name: object) -> None:
    if not isinstance(name, str) or name.startswith("_"):
        raise SecurityError(f"a namespace can't have {name!r}")


def _raise(message: object = "") -> NoReturn:
    raise TemplateError(str(message))


def _now(form: str) -> str:
    if len(form) > _LONGEST_DATE:
        raise TooMuch("A form of the date is too long.")
    return datetime.now().strftime(form)
