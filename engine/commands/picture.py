"""A picture with the boxes of an answer drawn on it, as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from engine.errors import InputError
from engine.media.image import open_image
from engine.types import GroundedBox

# Okabe and Ito's colours (jfly.uni-koeln.de/color), told apart also by colour-blind people.
_COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
_LINE_SHARE = 1 / 200  # of the picture's shorter side
_LETTER_SHARE = 1 / 28
_SMALLEST_LETTER = 11  # pixels


def save_with_boxes(target: Path, pictures: Sequence[Path], boxes: Sequence[GroundedBox]) -> None:
    """Saves, as PNG, the picture that the boxes lie on (the last one if there are no boxes).

    Each phrase has its own colour and stands at its box. Raises InputError where `target` can't be
    written.
    """
    picture = open_image(pictures[boxes[0].image if boxes else -1])
    draw_boxes(picture, boxes)
    try:
        picture.save(target, format="PNG")
    except OSError as error:
        raise InputError(f"The picture {target} can't be written ({error.strerror}).") from error


def draw_boxes(picture: Image.Image, boxes: Sequence[GroundedBox]) -> None:
    """Draws the boxes, and their phrases, on an RGB picture."""
    draw = ImageDraw.Draw(picture)
    side = min(picture.size)
    line = max(2, round(side * _LINE_SHARE))
    font = ImageFont.load_default(max(_SMALLEST_LETTER, side * _LETTER_SHARE))
    phrases = list(dict.fromkeys((found.phrase, found.start) for found in boxes))
    for found in boxes:
        colour = _COLOURS[phrases.index((found.phrase, found.start)) % len(_COLOURS)]
        left, top = found.box.x1 * picture.width, found.box.y1 * picture.height
        right, bottom = found.box.x2 * picture.width, found.box.y2 * picture.height
        draw.rectangle((left, top, right, bottom), outline=colour, width=line)
        if found.phrase:
            _label(draw, found.phrase, (left, top), colour, font, room=picture.size)


def _label(
    draw: ImageDraw.ImageDraw,
    text: str,
    corner: tuple[float, float],
    colour: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    *,
    room: tuple[int, int],
) -> None:
    """The words on a plate above the corner, moved so that they stay inside the picture."""
    x1, y1, x2, y2 = draw.textbbox((0, 0), text, font=font)
    margin = (y2 - y1) / 4
    width, height = x2 - x1 + 2 * margin, y2 - y1 + 2 * margin
    left = max(0.0, min(corner[0], room[0] - width))
    top = corner[1] - height if corner[1] >= height else min(corner[1], room[1] - height)
    draw.rectangle((left, top, left + width, top + height), fill=colour)
    draw.text((left + margin - x1, top + margin - y1), text, fill="black", font=font)
