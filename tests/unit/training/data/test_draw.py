from __future__ import annotations

import random

import pytest
from PIL import Image

from training.data.draw import background, draw_shape, draw_sprite, draw_word
from training.data.vocabulary import COLOURS, SHAPES


def test_backgrounds_differ_and_have_the_size_asked_for() -> None:
    pictures = [background((50, 40), random.Random(seed)) for seed in range(40)]
    assert {picture.size for picture in pictures} == {(50, 40)}
    assert {picture.mode for picture in pictures} == {"RGB"}
    assert len({picture.tobytes() for picture in pictures}) == 40


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_cut_to_what_can_be_seen(name: str) -> None:
    drawn = draw_shape(name, 60, COLOURS["red"], random.Random(1))
    assert drawn.mode == "RGBA"
    assert 40 < max(drawn.size) <= 60
    assert drawn.getchannel("A").getbbox() == (0, 0, *drawn.size)


def test_a_shape_keeps_its_colour_by_and_large() -> None:
    for seed in range(20):
        pixel = draw_shape("square", 40, COLOURS["blue"], random.Random(seed)).getpixel((20, 20))
        assert isinstance(pixel, tuple)
        near = zip(pixel[:3], COLOURS["blue"], strict=True)
        assert max(abs(seen - meant) for seen, meant in near) < 20


def test_an_unknown_shape_is_an_error() -> None:
    with pytest.raises(ValueError, match="blob"):
        draw_shape("blob", 40, COLOURS["red"], random.Random(0))


def test_sprites_are_varied_and_tight() -> None:
    sprite = Image.new("RGBA", (64, 32))
    sprite.paste((200, 100, 50, 255), (0, 0, 64, 32))
    drawings = [draw_sprite(sprite, 40, random.Random(seed)) for seed in range(20)]
    assert len({drawing.tobytes() for drawing in drawings}) > 5
    for drawing in drawings:
        shape = drawing.getchannel("A").point(lambda a: 255 if a > 40 else 0).getbbox()
        assert shape == (0, 0, *drawing.size)


def test_words_are_wide_enough_to_be_read() -> None:
    for seed in range(20):
        word = draw_word("open", 50, random.Random(seed))
        assert word.width >= 36
        assert word.height >= 8
        assert len(word.convert("L").getcolors() or ()) > 5  # ink and plate, not a plain field
