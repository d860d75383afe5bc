"""The filters and tests that a chat template may use, by name; each pays before it works.

They are Jinja2's, without those that nobody's chat template uses and that can make something long
out of something short; `tojson` is transformers', which escapes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from jinja2 import pass_context, pass_environment
from jinja2.environment import Environment
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.tests import TESTS

from engine.prompt.abilities import joined, percent, replaced
from engine.prompt.budget import ITEM, Budget, TooMuch

# Jinja2's own that take no longer than their value is, and give nothing longer.
_PLAIN = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items",
    "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse",
    "select", "selectattr", "sort", "string", "title", "trim", "unique", "upper",
)  # fmt: skip
_LOOK_ONLY = frozenset(("count", "d", "default", "first", "float", "int", "last", "length"))
_BY_ITEMS = frozenset((
    "join", "list", "map", "reject", "rejectattr", "select", "selectattr", "sort", "unique",
))  # fmt: skip
_NUMBERS_ONLY = frozenset(("divisibleby", "even", "odd"))
_WIDEST = 64  # of what is put in front of a line or between two values, in characters


def filters() -> dict[str, Callable[..., Any]]:
    """The filters by their names."""
    own: dict[str, Callable[..., Any]] = {
        "format": lambda budget, text, *values: percent(budget, text, values),
        "indent": _indented,
        "join": _joined,
        "replace": replaced,
        "safe": lambda _budget, value: value,  # nothing is escaped here
        "tojson": _json,
    }
    found = {name: _paying(name, _plain(FILTERS[name])) for name in _PLAIN}
    return found | {name: _paying(name, _own(run)) for name, run in own.items()}


def tests() -> dict[str, Callable[..., Any]]:
    """Jinja2's tests by their names."""
    plain: Mapping[str, Any] = TESTS
    return {name: _paying_test(name, run) for name, run in plain.items()}


def _paying(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    @pass_context
    def paying(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        budget: Budget = context.environment.budget  # type: ignore[attr-defined]
        for given in (*(() if name in _LOOK_ONLY else (value,)), *args, *kwargs.values()):
            budget.weigh(given)
        if name in _BY_ITEMS and isinstance(value, str):
            budget.spend(ITEM * len(value))
        result = run(context, value, *args, **kwargs)
        # A generator would be paid for by nobody.
        return budget.hold(list(result) if isinstance(result, Iterator) else result)

    return paying


def _plain(run: Callable[..., Any]) -> Callable[..., Any]:
    wants = getattr(run, "jinja_pass_arg", None)
    match wants.name if wants else None:
        case "context":
            return run
        case "eval_context":
            return lambda context, *args, **kwargs: run(context.eval_ctx, *args, **kwargs)
        case "environment":
            return lambda context, *args, **kwargs: run(context.environment, *args, **kwargs)
        case _:
            return lambda _context, *args, **kwargs: run(*args, **kwargs)


def _own(run: Callable[..., Any]) -> Callable[..., Any]:
    return lambda context, *args, **kwargs: run(context.environment.budget, *args, **kwargs)


def _paying_test(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    passes = hasattr(run, "jinja_pass_arg")

    @pass_environment
    def paying(environment: Environment, value: Any, *args: Any) -> Any:
        budget: Budget = environment.budget  # type: ignore[attr-defined]
        for given in (value, *args) if args else ():
            budget.weigh(given)
        if name in _NUMBERS_ONLY and isinstance(value, str):
            # For Python, the remainder of a text is a format filled in.
            raise TypeError(f"a text is not {name}")
        return run(environment, value, *args) if passes else run(value, *args)

    return paying


def _joined(budget: Budget, parts: Any, between: str = "") -> str:
    return joined(budget, str(between), [str(part) for part in parts])


def _indented(
    budget: Budget, text: str, width: int | str = 4, first: bool = False, blank: bool = False
) -> str:
    before = width if isinstance(width, str) else " " * min(width, _WIDEST + 1)
    if len(before) > _WIDEST:
        raise TooMuch("An indent is too wide.")
    budget.spend((text.count("\n") + 1) * len(before) + len(text))
    plain: Callable[..., str] = partial(FILTERS["indent"], text, before)
    return plain(first, blank)


def _json(
    budget: Budget,
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    wide = int(indent or 0) + sum(map(len, separators or ()))
    if wide > _WIDEST:
        raise TooMuch("An indent is too wide.")
    for _ in range(wide):
        budget.weigh(value)
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )
