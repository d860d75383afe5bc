"""The pixels are those of each family's own processor, and boxes come back to the right ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.llava_next.image_processing_pil_llava_next import (
    LlavaNextImageProcessorPil,
)

from engine.grounding.geometry import Box
from engine.media.image import ImageGeometry, Placement, Resize, to_pixels
from engine.media.tiles import to_tiles

SIDE = 336
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
GRIDS = ((336, 672), (672, 336), (672, 672), (1008, 336), (336, 1008))
ODD = [(3000, 1000), (1000, 3000), (640, 480), (333, 517), (701, 700), (336, 336), (20, 9), (3, 90)]

# Both take the same steps with the same library, so no value of 0..255 differs; what is left is
# float32's last bit, as the processors scale to 0..1 first and normalize with other constants.
EXACT = 1e-4
AT_MOST = 2.0


def geometry(resize: Resize) -> ImageGeometry:
    mean, std = (tuple(255 * value for value in values) for values in (MEAN, STD))
    return ImageGeometry(SIDE, resize, mean, std, "bicubic")  # type: ignore[arg-type]


def noise(size: tuple[int, int]) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values)


def difference(ours: NDArray[np.float32], theirs: object) -> float:
    """The largest, in steps of 0..255, before normalization."""
    found, wanted = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert found.shape == wanted.shape
    return float(np.abs((found - wanted) * np.array(STD)[:, None, None] * 255).max())


def own(processor: type, **settings: object) -> object:
    size = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
    return processor(**size, resample=3, image_mean=list(MEAN), image_std=list(STD), **settings)


@pytest.mark.parametrize("size", ODD)
def test_llava_1_5_crops_as_clip_does(size: tuple[int, int]) -> None:
    theirs = own(CLIPImageProcessorPil)(noise(size))["pixel_values"][0]  # type: ignore[operator]
    assert difference(to_pixels(noise(size), geometry("crop"))[0], theirs) < EXACT


def test_a_thread_of_a_picture_is_cropped_alike() -> None:
    """Only its middle is computed, at a place that Pillow keeps in float32: a step may differ."""
    ramp = np.arange(1500, dtype=np.float64)[:, None, None] / 1500 * 255 * [1, 0.5, 0.25]
    picture = Image.fromarray(np.broadcast_to(ramp, (1500, 5, 3)).astype(np.uint8))
    theirs = own(CLIPImageProcessorPil)(picture)["pixel_values"][0]  # type: ignore[operator]
    assert difference(to_pixels(picture, geometry("crop"))[0], theirs) <= AT_MOST


@pytest.mark.parametrize("size", ODD)
def test_llava_1_5_pads_as_it_was_trained(size: tuple[int, int]) -> None:
    theirs = own(LlavaImageProcessorPil, do_pad=True)(noise(size))  # type: ignore[operator]
    ours = to_pixels(noise(size), geometry("pad"))[0]
    assert difference(ours, theirs["pixel_values"][0]) < EXACT


@pytest.mark.parametrize("size", ODD)
def test_llava_1_6_tiles(size: tuple[int, int]) -> None:
    grids = [list(grid) for grid in GRIDS]
    theirs = own(LlavaNextImageProcessorPil, image_grid_pinpoints=grids)(  # type: ignore[operator]
        noise(size)
    )
    ours = to_tiles(noise(size), geometry("squash"), GRIDS).pixels
    assert difference(ours, theirs["pixel_values"][0]) < EXACT


WIDE = (3000, 1000)
BLURRED = 16.0  # pixels of the wide picture: what an edge may be off by after it was made small


@st.composite
def rectangles(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in pixels of the wide picture, 60 at least a side."""
    left, top = draw(st.integers(0, 2940)), draw(st.integers(0, 940))
    return (
        left, top,
        draw(st.integers(left + 60, WIDE[0])), draw(st.integers(top + 60, WIDE[1])),
    )  # fmt: skip


def found(pixels: NDArray[np.float32], placement: Placement) -> list[float] | None:
    """Where the white is on a square, brought back, in pixels of the wide picture."""
    values = pixels * (np.array(STD) * 255)[:, None, None] + (np.array(MEAN) * 255)[:, None, None]
    white = values.min(axis=0) > 128 + 64  # grey padding is none
    if not white.any():
        return None
    rows, columns = (np.flatnonzero(white.any(axis=axis)) for axis in (1, 0))
    side = len(white)
    box = placement.to_picture(
        Box(columns[0] / side, rows[0] / side, (columns[-1] + 1) / side, (rows[-1] + 1) / side)
    )
    return [box.x1 * WIDE[0], box.y1 * WIDE[1], box.x2 * WIDE[0], box.y2 * WIDE[1]]


def shown(rectangle: tuple[int, int, int, int], placement: Placement) -> list[float] | None:
    """The part of the rectangle that a square shows, in pixels; None for a sliver or nothing."""
    x1, y1, x2, y2 = rectangle
    box = Box(x1 / WIDE[0], y1 / WIDE[1], x2 / WIDE[0], y2 / WIDE[1])
    seen = placement.to_picture(placement.to_square(box))
    edges = [seen.x1 * WIDE[0], seen.y1 * WIDE[1], seen.x2 * WIDE[0], seen.y2 * WIDE[1]]
    narrow = min(edges[2] - edges[0], edges[3] - edges[1])
    return edges if narrow > 2 * BLURRED else None


def painted(rectangle: tuple[int, int, int, int]) -> Image.Image:
    picture = Image.new("RGB", WIDE)
    picture.paste((255, 255, 255), rectangle)
    return picture


@settings(max_examples=25, deadline=None)
@given(rectangle=rectangles(), resize=st.sampled_from(["squash", "pad", "crop"]))
def test_a_box_on_the_square_is_the_right_pixels_of_the_picture(
    rectangle: tuple[int, int, int, int], resize: Resize
) -> None:
    pixels, placement = to_pixels(painted(rectangle), geometry(resize))
    wanted = shown(rectangle, placement)
    if resize != "crop":
        assert wanted == pytest.approx(rectangle)
    if wanted is not None:
        assert found(pixels, placement) == pytest.approx(wanted, abs=BLURRED)


@settings(max_examples=15, deadline=None)
@given(rectangle=rectangles())
def test_a_box_on_any_tile_is_the_right_pixels_of_the_picture(
    rectangle: tuple[int, int, int, int],
) -> None:
    tiling = to_tiles(painted(rectangle), geometry("squash"), GRIDS)
    assert (tiling.rows, tiling.columns) == (1, 3)
    seen = 0
    for pixels, placement in zip(tiling.pixels, tiling.placements, strict=True):
        wanted = shown(rectangle, placement)
        if wanted is not None:
            seen += 1
            assert found(pixels, placement) == pytest.approx(wanted, abs=BLURRED)
    assert seen >= 2  # the whole, and a tile or more
