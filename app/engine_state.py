"""The state of the engine process, as the window shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engine.types import EngineInfo


class Phase(Enum):
    """Whether the engine can answer. That it is answering is the conversation's knowledge."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EngineState:
    """A phase and what belongs to it.

    `text` is a sentence: what is being loaded, or what went wrong. `done` is the share loaded,
    0..1, where it is known. `info` is known once it is ready. `restarted` tells that this engine
    took the place of one that was lost.
    """

    phase: Phase
    text: str = ""
    done: float | None = None
    restarted: bool = False
    info: EngineInfo | None = None
