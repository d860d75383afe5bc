"""A box comes back to where it was in the picture, in every dialect and every geometry."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.grounding.codec import DIALECTS, Dialect, boxes_in, sized
from engine.grounding.geometry import Box
from engine.media.image import Placement

WIDTH, HEIGHT = 3000, 1000
SEEN = (1680, 560)  # pixels of the same picture as Qwen2.5-VL may see it

STEPS = {
    "minigpt-v2": 1 / 100, "shikra": 1 / 1000, "kosmos-2": 1 / 32, "qwen-vl": 1 / 1000,
    "qwen2-vl": 1 / 1000, "qwen2.5-vl": 1 / 560, "qwen3-vl": 1 / 1000, "paligemma": 1 / 1024,
    "florence-2": 1 / 1000, "internvl": 1 / 1000, "cogvlm": 1 / 1000, "deepseek-vl2": 1 / 999,
    "gemma": 1 / 1000,
}  # fmt: skip
"""Parts of a side: each dialect's step, the coarser of both sides."""

GEOMETRIES = {
    "squash": Placement(),
    "pad": Placement(0, 1 / 3, 1, 1 / 3),
    "crop": Placement(-1, 0, 3, 1),
}
"""Where a picture of 3000 x 1000 lies on the square."""

boxing = pytest.mark.parametrize("name", STEPS)
shaped = pytest.mark.parametrize("geometry", GEOMETRIES)
edges = st.floats(min_value=0, max_value=1)
boxes = st.builds(Box.tidy, edges, edges, edges, edges)


def there_and_back(box: Box, dialect: Dialect, placement: Placement) -> Box:
    """The box written as the model writes it, read and put on the picture."""
    (square,) = boxes_in(dialect.box(placement.to_square(box)), dialect)
    return placement.to_picture(square)


def test_the_table_has_every_dialect_with_boxes() -> None:
    assert {*STEPS, "molmo", "plain"} == set(DIALECTS)


@boxing
@shaped
def test_a_box_in_a_wide_picture_comes_back_to_its_pixels(name: str, geometry: str) -> None:
    dialect, placement = sized(DIALECTS[name], SEEN), GEOMETRIES[geometry]
    pixels = (1234, 321, 1777, 654)
    box = Box(pixels[0] / WIDTH, pixels[1] / HEIGHT, pixels[2] / WIDTH, pixels[3] / HEIGHT)
    back = there_and_back(box, dialect, placement)
    across = STEPS[name] / placement.width * WIDTH
    down = STEPS[name] / placement.height * HEIGHT
    assert back.x1 * WIDTH == pytest.approx(pixels[0], abs=across)
    assert back.y1 * HEIGHT == pytest.approx(pixels[1], abs=down)
    assert back.x2 * WIDTH == pytest.approx(pixels[2], abs=across)
    assert back.y2 * HEIGHT == pytest.approx(pixels[3], abs=down)


@boxing
@settings(deadline=None, derandomize=True, max_examples=60)
@given(box=boxes, width=st.integers(28, 9000), height=st.integers(28, 9000), data=st.data())
def test_any_box_in_any_picture_comes_back(
    name: str, box: Box, width: int, height: int, data: st.DataObject
) -> None:
    dialect = sized(DIALECTS[name], (width, height))
    step = 1 / min(width, height) if name == "qwen2.5-vl" else STEPS[name]
    longest = max(width, height)
    places = [
        Placement(),
        Placement(
            (longest - width) / 2 / longest, (longest - height) / 2 / longest,
            width / longest, height / longest,
        ),
    ]  # fmt: skip
    placement = data.draw(st.sampled_from(places))
    back = there_and_back(box, dialect, placement)
    slack = 1e-9
    assert back.x1 == pytest.approx(box.x1, abs=step / placement.width + slack)
    assert back.x2 == pytest.approx(box.x2, abs=step / placement.width + slack)
    assert back.y1 == pytest.approx(box.y1, abs=step / placement.height + slack)
    assert back.y2 == pytest.approx(box.y2, abs=step / placement.height + slack)


@shaped
def test_a_point_comes_back_to_the_middle_of_the_box(geometry: str) -> None:
    placement = GEOMETRIES[geometry]
    box = Box(1200 / WIDTH, 0.3, 1800 / WIDTH, 0.7)
    back = there_and_back(box, DIALECTS["molmo"], placement)
    assert back.centre == pytest.approx(box.centre, abs=0.001 / min(placement.width, 1 / 3))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(box=boxes)
def test_a_point_is_a_small_box_that_can_be_seen(box: Box) -> None:
    (back,) = boxes_in(DIALECTS["molmo"].box(box), DIALECTS["molmo"])
    assert 0 <= back.x1 < back.x2 <= 1 and 0 <= back.y1 < back.y2 <= 1
    assert back.centre == pytest.approx(box.centre, abs=0.006)


def test_only_pixels_depend_on_the_size() -> None:
    box = Box(0.25, 0.5, 0.5, 1)
    pixels = sized(DIALECTS["qwen2.5-vl"], SEEN)
    assert pixels.box(box) == '{"bbox_2d": [420, 280, 840, 560]}'
    assert boxes_in(pixels.box(box), pixels) == [box]
    for name, dialect in DIALECTS.items():
        assert (sized(dialect, SEEN) is dialect) == (name != "qwen2.5-vl")
