"""Weights of a bundle's parts into their modules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.errors import BundleError


def read_config(path: Path) -> dict[str, Any]:
    """An encoder's `config.json`. Raises BundleError where it can't be read."""
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} can't be read; install the bundle again.") from error
    return config


def fill(module: nn.Module, weights: Mapping[str, torch.Tensor], prefix: str, folder: Path) -> None:
    """Weights under `prefix` into the module, in float32; all of them and no others."""
    own = {k.removeprefix(prefix): v.float() for k, v in weights.items() if k.startswith(prefix)}
    try:
        module.load_state_dict(own, assign=True)  # without a copy
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise BundleError(
            f"{folder}: the weights of {type(module).__name__} don't fit its config: {first}"
        ) from error


def to_array(tensor: torch.Tensor) -> NDArray[np.float32]:
    """float32, in main memory, C-contiguous."""
    return np.ascontiguousarray(tensor.float().cpu().numpy())
