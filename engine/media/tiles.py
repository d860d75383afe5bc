"""A picture in several squares: the whole of it, and larger in tiles (anyres of LLaVA-1.6).

Which grid a picture gets and how it lies there is as `select_best_resolution` and
`get_patch_output_size` in transformers' image_processing_utils.py have it, for LLaVA-NeXT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.media.image import ImageGeometry, Placement, normalized, resized, to_pixels


@dataclass(frozen=True, slots=True, eq=False)
class Tiling:
    """The squares of a picture of `size` (width, height): first the whole, then tiles row by row.

    `pixels` are [1 + rows * columns, 3, side, side], normalized; `placements` says for each square
    where the picture lies on it.
    """

    pixels: NDArray[np.float32]
    placements: tuple[Placement, ...]
    rows: int
    columns: int
    size: tuple[int, int]


def to_tiles(
    image: Image.Image, geometry: ImageGeometry, sizes: Sequence[tuple[int, int]]
) -> Tiling:
    """An RGB picture as the whole and as tiles of that one of `sizes` (height, width) that fits.

    On the tiles it keeps its shape, in the middle of black.
    """
    side = geometry.side
    height, width = best_size(image.size, sizes)
    wide, high = _inside(image.size, (width, height))
    left, top = (width - wide) // 2, (height - high) // 2
    canvas = Image.new("RGB", (width, height))
    canvas.paste(resized(image, (wide, high), geometry), (left, top))
    whole, placement = to_pixels(image, geometry)
    pixels, placements = [whole], [placement]
    for y in range(0, height, side):
        for x in range(0, width, side):
            pixels.append(normalized(canvas.crop((x, y, x + side, y + side)), geometry))
            placements.append(
                Placement((left - x) / side, (top - y) / side, wide / side, high / side)
            )
    return Tiling(np.stack(pixels), tuple(placements), height // side, width // side, image.size)


def best_size(size: tuple[int, int], sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The one of `sizes` (height, width) that keeps most of a picture's (width, height) pixels.

    Of two that keep as many, the one with less room left over; of two alike, the first.
    """
    width, height = size

    def worth(room: tuple[int, int]) -> tuple[int, int]:
        scale = min(room[1] / width, room[0] / height)
        kept = min(int(width * scale) * int(height * scale), width * height)
        return kept, kept - room[0] * room[1]

    return max(sizes, key=worth)


def _inside(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """A picture of (width, height), as large as it can be in a room of (width, height)."""
    across, down = room[0] / size[0], room[1] / size[1]
    if across < down:
        return room[0], min(ceil(size[1] * across), room[1])
    return min(ceil(size[0] * down), room[0]), room[1]
