"""Boxes in the one form used inside: floats 0..1, x1 y1 x2 y2, on the picture as seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle, corners in 0..1 of the picture's sides (EXIF applied)."""

    x1: float
    y1: float
    x2: float
    y2: float

    @classmethod
    def tidy(cls, x1: float, y1: float, x2: float, y2: float) -> Box:
        """A box from any two opposite corners: swapped where reversed, clamped to the picture."""
        left, right = sorted((min(max(x1, 0.0), 1.0), min(max(x2, 0.0), 1.0)))
        top, bottom = sorted((min(max(y1, 0.0), 1.0), min(max(y2, 0.0), 1.0)))
        return cls(left, top, right, bottom)

    @property
    def area(self) -> float:
        return (self.x2 - self.x1) * (self.y2 - self.y1)

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1; 0 where both are empty."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        shared = max(width, 0.0) * max(height, 0.0)  # may underflow to 0 for the tiniest boxes
        return shared / (self.area + other.area - shared) if shared > 0 else 0.0

    def around(self, width: float) -> Box:
        """A square of this width around its centre, cut at the picture's edges."""
        (x, y), half = self.centre, width / 2
        return Box.tidy(x - half, y - half, x + half, y + half)

    def as_list(self) -> list[float]:
        return [self.x1, self.y1, self.x2, self.y2]


POINT_SIZE = 0.02
"""How wide and high the box is that stands for a point, in 0..1: seen, and small."""
