"""What a published folder says about itself: its JSON files, and configurations of transformers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from training.errors import ConversionError

_T = TypeVar("_T")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises ConversionError where the file holds none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConversionError(f"{path} is not valid JSON; download it again.") from error
    if not isinstance(value, dict):
        raise ConversionError(f"{path} holds no JSON object; download it again.")
    return value


def built(build: Callable[..., _T], facts: Mapping[str, Any], path: Path) -> _T:
    """The configuration that transformers builds of the facts in the file at `path`.

    What they leave out it fills in. Raises ConversionError where it can't.
    """
    from huggingface_hub.errors import StrictDataclassError

    try:
        return build(**facts)
    except (TypeError, ValueError, KeyError, AttributeError, StrictDataclassError) as error:
        raise ConversionError(f"{path} can't be used: {' '.join(str(error).split())}") from error
