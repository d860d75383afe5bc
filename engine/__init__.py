"""Sightline's engine: a model bundle, a request in, typed events out. No window here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.engine import Engine

__all__ = ["Engine"]


def __getattr__(name: str) -> object:
    """Loads `Engine` when it is first asked for: the window imports this package's light parts."""
    if name == "Engine":
        from engine.engine import Engine

        return Engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
