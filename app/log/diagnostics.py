"""What someone who helps needs to know of a program and its machine; nothing of a conversation."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import qVersion

from app.engine_state import EngineState
from app.settings.schema import SETTINGS, Settings

# Looked up in the installation's own records; none of them is loaded.
PACKAGES = ("sightline", "pyside6-essentials", "llama-cpp-python", "torch", "transformers")


def diagnostics(settings: Settings, engine: EngineState, last_error: str) -> str:
    """A line for each fact, the person's own folder written as ~."""
    info = engine.info
    facts: Sequence[tuple[str, object]] = (
        *((name, _version(name)) for name in PACKAGES),
        ("Python", platform.python_version()),
        ("Qt", qVersion()),
        ("system", platform.platform()),
        ("processors", os.cpu_count()),
        ("engine", engine.phase.value),
        ("model", f"{info.name} {info.version}" if info else "none loaded"),
        ("language model", info.language_model if info else "-"),
        ("context", f"{info.context} tokens" if info else "-"),
        ("device", info.device if info else "-"),
        ("settings", _chosen(settings)),
        ("last error", last_error or "none"),
    )
    text = "\n".join(f"{name}: {value}" for name, value in facts)
    return text.replace(str(Path.home()), "~") + "\n"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _chosen(settings: Settings) -> str:
    """The settings that are not as at first."""
    values = [(s.key, getattr(settings, s.key), s.default) for s in SETTINGS]
    return (
        ", ".join(f"{k} = {value}" for k, value, first in values if value != first) or "as at first"
    )
