"""Boxes drawn on pictures of any size."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from engine.commands.picture import draw_boxes, save_with_boxes
from engine.grounding.geometry import Box
from engine.types import GroundedBox

LEFT = Box(0.1, 0.25, 0.4, 0.75)
RIGHT = Box(0.6, 0.25, 0.9, 0.75)


def edge_colour(picture: Image.Image, box: Box) -> object:
    """The colour in the middle of a box's lower edge."""
    centre = (box.x1 + box.x2) / 2 * picture.width
    return picture.getpixel((round(centre), round(box.y2 * picture.height) - 1))


def test_each_phrase_has_its_own_colour() -> None:
    picture = Image.new("RGB", (400, 200), "white")
    cat, cats = GroundedBox(LEFT, "cat", 0, 0, 3), GroundedBox(RIGHT, "cat", 0, 0, 3)
    draw_boxes(picture, [cat, cats])
    assert edge_colour(picture, LEFT) == edge_colour(picture, RIGHT) != (255, 255, 255)
    draw_boxes(picture, [cat, GroundedBox(RIGHT, "dog", 0, 8, 11)])
    assert edge_colour(picture, LEFT) != edge_colour(picture, RIGHT)


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (2000, 1500)])
def test_any_size_takes_any_box(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "white")
    words = "a very long phrase about nothing"
    draw_boxes(picture, [GroundedBox(Box(0, 0, 1, 1), words), GroundedBox(Box(1, 1, 1, 1), "x")])
    assert picture.size == size


def test_the_picture_that_the_boxes_lie_on_is_saved(tmp_path: Path) -> None:
    for name, side in (("a.png", 10), ("b.png", 20)):
        Image.new("RGB", (side, side), "white").save(tmp_path / name)
    pictures = [tmp_path / "a.png", tmp_path / "b.png"]
    save_with_boxes(tmp_path / "first.png", pictures, [GroundedBox(LEFT, image=0)])
    save_with_boxes(tmp_path / "last.png", pictures, [])
    with Image.open(tmp_path / "first.png") as first, Image.open(tmp_path / "last.png") as last:
        assert (first.size, last.size) == ((10, 10), (20, 20))
