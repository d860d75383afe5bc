"""A box as the window shows it: the value that goes from an answer to the picture."""

from __future__ import annotations

from dataclasses import dataclass

from engine.grounding.geometry import Box


@dataclass(frozen=True, slots=True)
class ShownBox:
    """Where it is, what its label says, its colour number and the phrase (mark) it belongs to."""

    box: Box
    label: str
    colour: int
    mark: int
