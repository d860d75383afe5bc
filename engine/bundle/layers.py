"""What the checks of a bundle's encoders share: their configs, and layers that must fit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import BundleError
from engine.files import read_short
from engine.plain import parse_json

LONGEST = 1 << 22
"""Bytes of any JSON file of a bundle: a hundred times what one needs."""

AGAIN = "install the bundle again"


def check_layer(
    path: Path,
    shapes: Mapping[str, tuple[int, ...]],
    name: str,
    *,
    given: int | None,
    taken: int | None,
    by: str,
    to: str = "the language model",
) -> None:
    """A linear layer's weight is [given, taken]; None is whatever it is.

    `by` is what gives so many numbers and `to` what takes them, in words. Raises BundleError.
    """
    shape = shapes.get(name)
    if shape is None or len(shape) != 2:
        raise BundleError(f"{path} has no matrix `{name}`; {AGAIN}.")
    if given is not None and shape[0] != given:
        raise BundleError(
            f"{path}: `{name}` gives rows of {shape[0]} numbers and {to} takes {given}; {AGAIN}."
        )
    if taken is not None and shape[1] != taken:
        raise BundleError(
            f"{path}: `{name}` takes {shape[1]} numbers and {by} gives {taken}; {AGAIN}."
        )


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object. Raises BundleError where the file holds none."""
    try:
        value = parse_json(read_short(path, at_most=LONGEST))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} is not valid JSON; {AGAIN}.") from error
    if not isinstance(value, dict):
        raise BundleError(f"{path} holds no JSON object; {AGAIN}.")
    return value
