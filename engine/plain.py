"""Plain JSON values into frozen dataclasses and back, checked all the way down.

What a file or a pipe holds is checked once, here, against the types that the code declares; an
unknown key, a missing one or a value of another type is an error that names it. Where the declared
type is one of several dataclasses, the key "kind" holds the name of the class.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

KIND = "kind"


class PlainError(ValueError):
    """The value does not fit the type; the message says which key and what was expected."""


def from_plain(kind: type[T], value: object, *, where: str = "") -> T:
    """`value`, made of JSON's types, as an instance of the dataclass `kind`.

    Fields may be dataclasses and unions of them, str, int, float, bool, Path, Literal, `X | None`,
    tuples and mappings from str. `where` is put before the names of keys. Raises PlainError.
    """
    built: T = _build(kind, value, where)
    return built


def parse_json(content: bytes) -> object:
    """JSON as its standard has it, in UTF-8. Raises ValueError.

    No number is without end, and no object has a key twice: readers differ in which one they take.
    """
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def to_plain(value: object, declared: object = None) -> Any:
    """`value` as `from_plain` reads it; `declared` is its type where that is a union."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        plain = {name: to_plain(getattr(value, name), hint) for name, hint in _hints(type(value))}
        several = len(_choices(declared)) > 1
        return {KIND: type(value).__name__, **plain} if several else plain
    if isinstance(value, tuple):
        hints = typing.get_args(declared) or (None, ...)
        same = hints[-1] is Ellipsis
        return [to_plain(item, hints[0 if same else n]) for n, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {name: to_plain(item) for name, item in value.items()}
    return str(value) if isinstance(value, Path) else value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


@cache
def _hints(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        (field.name, hints[field.name]) for field in dataclasses.fields(kind) if field.init
    )


def _choices(declared: object) -> list[Any]:
    if typing.get_origin(declared) not in (typing.Union, types.UnionType):
        return []
    return [choice for choice in typing.get_args(declared) if choice is not types.NoneType]


def _build(kind: Any, value: object, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, where)
    if choices := _choices(kind):
        if value is None and types.NoneType in arguments:
            return None
        return _union(choices, value, where)
    if origin is typing.Literal:
        if value not in arguments:
            raise _wrong(where, " or ".join(map(repr, arguments)), value)
        return value
    if origin is tuple:
        return _tuple(arguments, value, where)
    if origin in (dict, Mapping):
        return {
            name: _build(arguments[1], v, f"{where}.{name}") for name, v in _items(value, where)
        }
    return _scalar(kind, value, where)


def _union(choices: list[Any], value: object, where: str) -> Any:
    if len(choices) == 1:
        return _build(choices[0], value, where)
    given = dict(_items(value, where))
    name = given.pop(KIND, None)
    for choice in choices:
        if choice.__name__ == name:
            return _build(choice, given, where)
    names = " or ".join(choice.__name__ for choice in choices)
    raise _wrong(f"{where}.{KIND}" if where else KIND, names, name)


def _dataclass(kind: Any, value: object, where: str) -> Any:
    given = dict(_items(value, where))
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    prefix = f"{where}." if where else ""
    for name in given:
        if name not in fields:
            raise PlainError(f"`{prefix}{name}` is not known (known: {', '.join(fields)})")
    for name, field in fields.items():
        optional = (field.default, field.default_factory) != (dataclasses.MISSING,) * 2
        if name not in given and not optional:
            raise PlainError(f"`{prefix}{name}` is missing")
    hints = dict(_hints(kind))
    return kind(**{name: _build(hints[name], v, f"{prefix}{name}") for name, v in given.items()})


def _tuple(arguments: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(where, "a list", value)
    if arguments[-1] is Ellipsis:
        arguments = (arguments[0],) * len(value)
    if len(value) != len(arguments):
        raise _wrong(where, f"a list of {len(arguments)}", value)
    return tuple(
        _build(kind, item, f"{where}[{n}]")
        for n, (kind, item) in enumerate(zip(arguments, value, strict=True))
    )


def _items(value: object, where: str) -> list[tuple[str, object]]:
    if not isinstance(value, Mapping):
        raise _wrong(where, "an object", value)
    return list(value.items())


_NAMES: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    types.NoneType: "null",
    Path: "a path",
}


def _scalar(kind: Any, value: object, where: str) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _wrong(where, _NAMES[kind], value)
    return value


def _wrong(where: str, expected: str, value: object) -> PlainError:
    return PlainError(f"`{where}` must be {expected}, not {value!r:.60}")
