"""Where a recording is cut: into clips at pauses, into blocks that later sound can't change.

All numbers are samples at `RATE`. Training cuts by the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.bundle.manifest import WindowFacts
from engine.media.audio import HOP, RATE, Samples

_PAUSE = RATE // 5  # a pause is looked for in stretches of this length
_STEP = HOP


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a clip and the window around it that it is computed from.

    Rows that start in [start, end) are the block's; the encoder hears [first, last).
    """

    start: int
    end: int
    first: int
    last: int


def blocks(length: int, windows: WindowFacts | None, *, growing: bool = False) -> list[Block]:
    """The blocks of a clip of `length` samples, in order.

    A block ends once `after` more than it was heard; what is left at the end of the clip is the
    last one, which a `growing` clip does not have yet. Without windows a clip is one block.
    """
    if windows is None:
        return [] if growing else [Block(0, length, 0, length)]
    size, before, after = (
        round(seconds * RATE) for seconds in (windows.block, windows.before, windows.after)
    )
    count = max(0, (length - after) // size)
    found = [
        Block(start, start + size, max(0, start - before), start + size + after)
        for start in range(0, count * size, size)
    ]
    start = count * size
    if not growing and start < length:
        found.append(Block(start, length, max(0, start - before), length))
    return found


def clips(samples: Samples, longest_s: float) -> list[tuple[int, int]]:
    """Where to cut a recording, at its quietest places, into clips of at most `longest_s`.

    A cut lies in the second half of what a clip may hold and depends on nothing behind that.
    """
    most, start = round(longest_s * RATE), 0
    found: list[tuple[int, int]] = []
    while len(samples) - start > most:
        cut = start + most // 2 + _quietest(samples[start + most // 2 : start + most])
        found.append((start, cut))
        start = cut
    return [*found, (start, len(samples))]


def _quietest(samples: Samples) -> int:
    """The middle of the quietest stretch as long as a pause."""
    power = np.concatenate(([0.0], np.cumsum(samples.astype(np.float64) ** 2)))
    loudness = power[_PAUSE:] - power[:-_PAUSE]
    if not len(loudness):
        return len(samples)
    return int(np.argmin(loudness[::_STEP])) * _STEP + _PAUSE // 2
