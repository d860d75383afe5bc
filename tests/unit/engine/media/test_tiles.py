"""Pictures in tiles; that they are LLaVA-1.6's to the pixel is in test_processors."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from engine.media.image import ImageGeometry, Placement
from engine.media.tiles import best_size, to_tiles

SIZES = [(16, 32), (32, 16), (32, 32), (48, 16), (16, 48)]
GEOMETRY = ImageGeometry(16, "squash", (0, 0, 0), (1, 1, 1), "bicubic")


@pytest.mark.parametrize(
    ("size", "best"),
    [
        ((300, 100), (16, 48)),
        ((100, 300), (48, 16)),
        ((200, 100), (16, 32)),
        ((100, 100), (32, 32)),
        ((5, 5), (16, 32)),  # all sizes keep it whole, and the first has least room left over
        ((1, 1000), (16, 32)),
    ],
)
def test_the_size_that_keeps_most_pixels_is_taken(
    size: tuple[int, int], best: tuple[int, int]
) -> None:
    assert best_size(size, SIZES) == best


def test_a_picture_is_seen_whole_and_in_tiles() -> None:
    picture = Image.new("RGB", (300, 100), (90, 90, 90))
    picture.paste((200, 0, 0), (0, 0, 100, 100))
    tiling = to_tiles(picture, GEOMETRY, SIZES)
    assert (tiling.rows, tiling.columns, tiling.size) == (1, 3, (300, 100))
    assert tiling.pixels.shape == (4, 3, 16, 16)
    assert tiling.pixels[0, :, 8, 2].tolist() == [200, 0, 0]
    assert tiling.pixels[0, :, 8, 8].tolist() == [90, 90, 90]
    assert tiling.pixels[1, :, 8, 8].tolist() == [200, 0, 0]
    assert tiling.pixels[2, :, 8, 8].tolist() == [90, 90, 90]
    assert tiling.placements == (
        Placement(0, 0, 1, 1),
        Placement(0, 0, 3, 1),
        Placement(-1, 0, 3, 1),
        Placement(-2, 0, 3, 1),
    )


def test_what_a_picture_does_not_fill_is_black() -> None:
    tiling = to_tiles(Image.new("RGB", (150, 100), "white"), GEOMETRY, SIZES)
    assert (tiling.rows, tiling.columns) == (2, 2)
    assert np.ptp(tiling.pixels[0]) == 0  # the whole is squashed, so nothing is left over there
    assert tiling.placements[1] == Placement(0, 5 / 16, 2, 22 / 16)
    assert tiling.pixels[1, 0, 4].max() == 0
    assert tiling.pixels[1, 0, 5].min() == 255
    assert tiling.pixels[3, 0, 10].min() == 255
    assert tiling.pixels[3, 0, 11].max() == 0
