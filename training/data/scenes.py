"""Drawn scenes: 1 to 8 things on a varied background, with the exact truth.

A scene is a pure function of (split, number): the same number gives the same picture for ever, and
the seeds of "train" and "eval" are different strings, so the two never meet.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from PIL import Image

from engine.grounding.geometry import Box
from training.data.draw import background, draw_shape, draw_sprite, draw_word
from training.data.samples import Sample, Thing
from training.data.vocabulary import COLOURS, SHAPES, WORDS
from training.errors import DataError

MOST_THINGS = 8
LARGE, SMALL = 0.075, 0.02  # shares of the picture from which a shape is called large, small


@dataclass(frozen=True, slots=True)
class SpritePacks:
    """A folder: vocabulary.json, and a folder a style with `name.png`, `face_<name>.png`."""

    root: Path
    styles: tuple[str, ...]
    objects: tuple[str, ...]
    expressions: tuple[str, ...]

    @classmethod
    def open(cls, root: Path) -> SpritePacks:
        """Raises DataError where the folder has no vocabulary or no style."""
        try:
            names = json.loads((root / "vocabulary.json").read_text())
        except (OSError, ValueError) as error:
            raise DataError(f"{root}: not a sprite pack, vocabulary.json can't be read") from error
        styles = tuple(sorted(p.name for p in root.iterdir() if p.is_dir()))
        if not styles:
            raise DataError(f"{root}: a sprite pack needs at least one folder of drawings")
        return cls(root, styles, tuple(names["objects"]), tuple(names["expressions"]))

    def sprite(self, style: str, name: str) -> Image.Image:
        return _sprite(self.root / style / f"{name.replace(' ', '_')}.png")


@lru_cache(maxsize=4096)
def _sprite(path: Path) -> Image.Image:
    picture = Image.open(path).convert("RGBA")
    shape = picture.getchannel("A").point(lambda a: 255 if a > 24 else 0).getbbox()
    return picture.crop(shape) if shape else picture


@dataclass(frozen=True, slots=True)
class Placed:
    """A thing with its drawing (RGBA, tight) and the pixel at which that is pasted."""

    thing: Thing
    drawing: Image.Image
    left: int
    top: int


def scene(packs: SpritePacks, split: str, number: int) -> Sample:
    """Scene `number` of a split ("train", "eval"): the sample; the picture is drawn when opened."""
    rng = random.Random(f"scene:{split}:{number}")
    width, height = rng.randint(280, 420), rng.randint(280, 420)
    placed = _place(packs, rng, width, height)
    return Sample(
        key=f"{split}-{number}",
        source="scene",
        width=width,
        height=height,
        open=partial(_draw, placed, (width, height), rng.getrandbits(32)),
        things=tuple(p.thing for p in placed),
        complete=True,
    )


def _place(packs: SpritePacks, rng: random.Random, width: int, height: int) -> tuple[Placed, ...]:
    """Things that overlap little: each keeps nearly all of itself in sight."""
    count = rng.randint(1, MOST_THINGS)
    names = [_name(packs, rng) for _ in range(count)]
    if count > 2 and rng.random() < 0.5:  # the same thing several times: something to count
        names[1 : 1 + rng.randint(1, count - 1)] = [names[0]] * rng.randint(1, count - 1)
    placed: list[Placed] = []
    for kind, name in names[:MOST_THINGS]:
        for _ in range(12):
            candidate = _try(rng, kind, name, (width, height), packs)
            if all(_apart(candidate.thing.box, other.thing.box) for other in placed):
                placed.append(candidate)
                break
    return tuple(placed)


def _name(packs: SpritePacks, rng: random.Random) -> tuple[str, str]:
    kind = rng.choices(("object", "shape", "word", "face"), (0.70, 0.15, 0.07, 0.08))[0]
    names: Sequence[str] = {
        "object": packs.objects, "shape": SHAPES, "word": WORDS, "face": packs.expressions,
    }[kind]  # fmt: skip
    return kind, rng.choice(names)


def _try(
    rng: random.Random, kind: str, name: str, size: tuple[int, int], packs: SpritePacks
) -> Placed:
    width, height = size
    side = min(width, height) * rng.uniform(0.13, 0.45)
    colour = None
    if kind == "shape":
        colour = rng.choice(tuple(COLOURS))
        drawing = draw_shape(name, side, COLOURS[colour], rng)
    elif kind == "word":
        drawing = draw_word(name, side, rng)
    else:
        file = name if kind == "object" else f"face_{name}"
        drawing = draw_sprite(packs.sprite(rng.choice(packs.styles), file), side, rng)
    drawing.thumbnail((width - 2, height - 2))
    wide, tall = drawing.size
    left, top = rng.randint(0, width - wide), rng.randint(0, height - tall)
    box = Box(left / width, top / height, (left + wide) / width, (top + tall) / height)
    called = None
    if kind == "shape":
        called = "large" if box.area > LARGE else "small" if box.area < SMALL else None
    return Placed(Thing(name, box, kind=kind, colour=colour, size=called), drawing, left, top)


def _apart(a: Box, b: Box) -> bool:
    wide = min(a.x2, b.x2) - max(a.x1, b.x1)
    tall = min(a.y2, b.y2) - max(a.y1, b.y1)
    return wide <= 0 or tall <= 0 or wide * tall < 0.1 * min(a.area, b.area)


def _draw(placed: tuple[Placed, ...], size: tuple[int, int], seed: int) -> Image.Image:
    picture = background(size, random.Random(seed))
    for item in placed:
        picture.paste(item.drawing, (item.left, item.top), item.drawing)
    return picture
