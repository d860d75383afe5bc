"""Where drawn things lie to each other, and which one stands out; only where no one would argue."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grounding.geometry import Box
from training.data.samples import Thing

# The ways to say where something is: which axis it looks along and which way.
SIDES: dict[str, tuple[int, int]] = {
    "left of": (0, -1),
    "right of": (0, 1),
    "above": (1, -1),
    "below": (1, 1),
}
SPOKEN: dict[str, tuple[str, ...]] = {
    "left of": ("left of", "to the left of", "on the left of"),
    "right of": ("right of", "to the right of", "on the right of"),
    "above": ("above", "over"),
    "below": ("below", "under", "beneath"),
}
EXTREMES: dict[str, tuple[str, ...]] = {
    "largest": ("largest", "biggest"),
    "smallest": ("smallest",),
    "leftmost": ("leftmost",),
    "rightmost": ("rightmost",),
    "topmost": ("topmost", "highest"),
    "lowest": ("lowest", "bottommost"),
}
RATIO = 1.35  # the largest has at least so many times the area of the next
STEP = 0.06  # the leftmost lies so far (share of the picture) from the next


def towards(a: Box, b: Box, side: str) -> float:
    """How far the centre of `a` lies to that side of the centre of `b`; negative: the other way."""
    axis, sign = SIDES[side]
    return sign * (a.centre[axis] - b.centre[axis])


def clearly(a: Box, b: Box, side: str) -> bool:
    """Whether `a` is to that side of `b` beyond dispute: mostly that way, hardly overlapping."""
    axis, sign = SIDES[side]
    along = towards(a, b, side)
    across = abs(a.centre[1 - axis] - b.centre[1 - axis])
    near, far = (a, b) if sign < 0 else (b, a)
    gap = (far.x1 - near.x2) if axis == 0 else (far.y1 - near.y2)
    return along > 1.2 * across and gap > -0.02


def _roughly(a: Box, b: Box, side: str) -> bool:
    """Whether someone might say that `a` is to that side of `b`: more that way than another."""
    axis, _ = SIDES[side]
    across = abs(a.centre[1 - axis] - b.centre[1 - axis])
    return towards(a, b, side) > across


def nearest(centre: Thing, things: Sequence[Thing], side: str) -> Thing | None:
    """The only thing clearly to that side, or the one that is next by far; None where unclear."""
    reach = sorted(
        (towards(thing.box, centre.box, side), number)
        for number, thing in enumerate(things)
        if thing is not centre and _roughly(thing.box, centre.box, side)
    )
    if not reach:
        return None
    distance, number = reach[0]
    if not clearly(things[number].box, centre.box, side):
        return None
    if len(reach) > 1 and reach[1][0] < 1.4 * distance + 0.02:
        return None
    return things[number]


def standing_out(things: Sequence[Thing], extreme: str) -> Thing | None:
    """The largest, smallest, leftmost ... of at least two things, if it is so by a clear margin."""
    if len(things) < 2:
        return None
    ranked = sorted(things, key=lambda thing: _rank(thing.box, extreme), reverse=True)
    first, second = _rank(ranked[0].box, extreme), _rank(ranked[1].box, extreme)
    if extreme == "largest":
        clear = first > RATIO * second
    elif extreme == "smallest":
        clear = -second > RATIO * -first
    else:
        clear = first - second > STEP
    return ranked[0] if clear else None


def _rank(box: Box, extreme: str) -> float:
    match extreme:
        case "largest":
            return box.area
        case "smallest":
            return -box.area
        case "leftmost":
            return -box.x1
        case "rightmost":
            return box.x2
        case "topmost":
            return -box.y1
        case _:
            return box.y2
