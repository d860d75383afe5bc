"""A run's configuration: a frozen dataclass, read from YAML and overridden by `key=value` words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from engine.plain import PlainError, from_plain
from training.errors import ConfigError

T = TypeVar("T")


class _Yaml(yaml.SafeLoader):
    """YAML in which 1e-3 is a number, as its version 1.2 has it; PyYAML alone reads a word."""


_Yaml.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


def load_config(cls: type[T], path: Path | None, overrides: Sequence[str] = ()) -> T:
    """An instance of the dataclass `cls` from a YAML file, overridden by `key=value` words.

    Dots reach into nested dataclasses and mappings ("optimizer.rate=1e-3"); values are YAML, and a
    "~/" they begin with is the person's home folder. Raises ConfigError naming an unknown key, a
    missing one or a value of the wrong type.
    """
    values: Any = {}
    if path is not None:
        try:
            values = _read(path.read_text()) or {}
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise ConfigError(f"{path}: the configuration can't be read: {error}") from error
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: expected keys and values, got {values!r}")
    for word in overrides:
        _override(values, word)
    try:
        return from_plain(cls, _from_home(values))
    except PlainError as error:
        raise ConfigError(f"{path or 'overrides'}: {error}") from error


def _read(text: str) -> Any:
    return yaml.load(text, _Yaml)  # noqa: S506 - it is a safe loader


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
        place[last] = _read(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{word!r}: the value can't be read: {error}") from error


def _from_home(value: Any) -> Any:
    """The values with "~/" at the beginning of a text written out."""
    if isinstance(value, dict):
        return {key: _from_home(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_from_home(item) for item in value]
    if isinstance(value, str) and value.startswith("~/"):
        return str(Path(value).expanduser())
    return value
