"""A run's configuration: a frozen dataclass, read from YAML and overridden by `key=value` words."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from training.errors import ConfigError

T = TypeVar("T")


def load_config(cls: type[T], path: Path | None, overrides: Sequence[str] = ()) -> T:
    """An instance of the dataclass `cls` from a YAML file, overridden by `key=value` words.

    Dots reach into nested dataclasses and mappings ("optimizer.rate=1e-3"); values are YAML.
    Raises ConfigError naming an unknown key, a missing one or a value of the wrong type.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = yaml.safe_load(path.read_text()) or {}
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise ConfigError(f"{path}: the configuration can't be read: {error}") from error
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: expected keys and values, got {values!r}")
    for word in overrides:
        _override(values, word)
    built: T = _build(cls, values, str(path or "overrides"))
    return built


def _override(values: dict[str, Any], word: str) -> None:
    """Put what a `key=value` word says into its place in plain YAML."""
    key, equals, text = word.partition("=")
    if not equals:
        raise ConfigError(f"{word!r}: an override is written key=value")
    *outer, last = key.split(".")
    place = values
    for name in outer:
        if place.get(name) is None:
            place[name] = {}
        place = place[name]
        if not isinstance(place, dict):
            raise ConfigError(f"{word!r}: {name} is no group of keys")
    try:
        place[last] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{word!r}: the value can't be read: {error}") from error


def _build(kind: Any, value: Any, where: str) -> Any:
    """`value` (plain YAML) as an instance of `kind`, checked all the way down."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(kind, value, where)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _build(next(a for a in arguments if a is not type(None)), value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ConfigError(f"{where}: expected a list, got {value!r}")
        return tuple(_build(arguments[0], item, where) for item in value)
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where}: expected keys and values, got {value!r}")
        return {key: _build(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    return _plain(kind, value, where)


def _plain(kind: Any, value: Any, where: str) -> Any:
    if kind is Path:
        if not isinstance(value, (str, Path)):
            raise ConfigError(f"{where}: expected a path, got {value!r}")
        return Path(value).expanduser()
    if kind is float and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError as error:
            raise ConfigError(f"{where}: expected a number, got {value!r}") from error
    if typing.get_origin(kind) is typing.Literal:
        if value not in typing.get_args(kind):
            raise ConfigError(f"{where}: {value!r} is none of {typing.get_args(kind)}")
        return value
    if (kind is not Any and not isinstance(value, kind)) or (
        kind is int and isinstance(value, bool)
    ):
        raise ConfigError(f"{where}: expected {kind.__name__}, got {value!r}")
    return value


def _build_dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: expected keys and values, got {value!r}")
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in value:
        if key not in fields:
            known = ", ".join(sorted(fields))
            raise ConfigError(f"{where}: unknown key {key!r}; known are {known}")
    for name, field in fields.items():
        needed = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        if needed and name not in value:
            raise ConfigError(f"{where}: the key {name!r} is missing")
    return kind(**{key: _build(hints[key], item, f"{where}: {key}") for key, item in value.items()})
