"""What a number in a box means: edges in 0..1 to the numbers that stand for them, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.grounding.geometry import Box


class Numbering(Protocol):
    """How a box becomes numbers. `rule` is the GBNF of one of them."""

    @property
    def rule(self) -> str:
        """GBNF of a number."""

    def write(self, box: Box) -> list[str]:
        """The numbers of a box, as they are written: clamped to the picture."""

    def read(self, numbers: Sequence[float]) -> Box:
        """The box of as many numbers as `write` gives: clamped, corners in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Each edge is a whole number of steps from the left or upper side, or a fraction.

    `sides` is how many steps the picture is wide and high. A step is written as 1, or as 0.1 with
    one of the `decimals`; with leading zeros up to `digits`. `last` is the greatest number of steps
    that can be written, where it is not the side itself. `middle` is true where a number stands for
    the middle of its step and not for its beginning. `shortest` leaves out zeros at the end, all
    but one, as Python writes fractions. `y_first`: y x y x.
    """

    rule: str
    sides: tuple[float, float]
    decimals: int = 0
    digits: int = 0
    last: int | None = None
    middle: bool = False
    shortest: bool = False
    y_first: bool = False

    def write(self, box: Box) -> list[str]:
        """Four numbers, each the nearest that there is."""
        return [
            self._number(value, side)
            for value, side in zip(self._turned(box.as_list()), self._lengths, strict=True)
        ]

    def read(self, numbers: Sequence[float]) -> Box:
        """The box of four numbers."""
        unit = 10**self.decimals
        shift = 0.5 if self.middle else 0.0
        edges = [
            (number + shift) / (side / unit)
            for number, side in zip(numbers, self._lengths, strict=True)
        ]
        return Box.tidy(*self._turned(edges))

    @property
    def _lengths(self) -> list[float]:
        return self._turned([*self.sides, *self.sides])

    def _turned(self, edges: Sequence[float]) -> list[float]:
        """x y x y as it is written, and back: the same turn."""
        a, b, c, d = edges
        return [b, a, d, c] if self.y_first else [a, b, c, d]

    def _number(self, value: float, side: float) -> str:
        place = min(max(value, 0.0), 1.0) * side
        last = math.floor(side) if self.last is None else self.last
        step = min(int(place if self.middle else place + 0.5), last)
        if self.shortest:
            return str(step / 10**self.decimals)
        if self.decimals:
            return f"{step / 10**self.decimals:.{self.decimals}f}"
        return f"{step:0{self.digits}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Two numbers: the cells with the upper left and the lower right corner, counted row by row.

    Cells and edges as in transformers' `processing_kosmos2.py`: corners lie in the middle of their
    cells, but a box inside one row or one column of cells reaches to their outer edges.
    """

    rule: str
    side: int

    def write(self, box: Box) -> list[str]:
        """The two cells, in four digits."""
        left, top = (self._inside(math.floor(edge * self.side)) for edge in (box.x1, box.y1))
        right, low = (self._inside(math.ceil(edge * self.side - 1)) for edge in (box.x2, box.y2))
        first = top * self.side + left
        return [f"{first:04}", f"{max(low, top) * self.side + max(right, left):04}"]

    def read(self, numbers: Sequence[float]) -> Box:
        """The box of two cells."""
        (y1, x1), (y2, x2) = (divmod(int(number), self.side) for number in numbers)
        flat = x1 == x2 or y1 == y2
        begin, end = (0.0, 1.0) if flat else (0.5, 0.5)
        size = self.side
        return Box.tidy(
            (x1 + begin) / size, (y1 + begin) / size, (x2 + end) / size, (y2 + end) / size
        )

    def _inside(self, cell: int) -> int:
        return min(max(cell, 0), self.side - 1)
