"""The pen of the scene maker: backgrounds, sprites, shapes and printed words as small pictures."""

from __future__ import annotations

import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Colour = tuple[int, int, int]
SUPERSAMPLE = 2  # shapes are drawn this much larger and reduced, so that their edges are smooth


def background(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """A picture of `size` to put things on: plain, gradient, stripes, checks, clouds, grain."""
    kind = rng.choice(("plain", "gradient", "stripes", "checks", "clouds", "clouds", "floor"))
    one, two = _soft(rng), _soft(rng)
    width, height = size
    if kind == "plain":
        picture = Image.new("RGB", size, one)
    elif kind == "gradient":
        turn = rng.random() < 0.5
        ramp = Image.linear_gradient("L").rotate(90 * turn).resize(size)
        picture = Image.composite(Image.new("RGB", size, one), Image.new("RGB", size, two), ramp)
    elif kind in ("stripes", "checks"):
        step = rng.randint(12, 60)
        ys, xs = np.mgrid[0:height, 0:width]
        cells = (xs // step) % 2 if kind == "stripes" else (xs // step + ys // step) % 2
        picture = _two_tone(cells.astype(np.float32), one, two)
    elif kind == "clouds":
        noise = np.random.default_rng(rng.getrandbits(32)).random(
            (rng.randint(3, 14), rng.randint(3, 14)), dtype=np.float32
        )
        mask = Image.fromarray((noise * 255).astype(np.uint8)).resize(
            size, Image.Resampling.BICUBIC
        )
        picture = _two_tone(np.asarray(mask, np.float32) / 255, one, two)
    else:
        picture = Image.new("RGB", size, one)
        picture.paste(two, (0, int(height * rng.uniform(0.4, 0.75)), width, height))
    return _grainy(picture, rng) if rng.random() < 0.5 else picture


def _soft(rng: random.Random) -> Colour:
    """Any colour, more often a pale one: black outlines and white things both occur on it."""
    low = rng.choice((20, 120, 180))
    return rng.randint(low, 255), rng.randint(low, 255), rng.randint(low, 255)


def _two_tone(mix: np.ndarray, one: Colour, two: Colour) -> Image.Image:
    blend = mix[..., None] * np.array(one, np.float32) + (1 - mix[..., None]) * np.array(two)
    return Image.fromarray(blend.astype(np.uint8))


def _grainy(picture: Image.Image, rng: random.Random) -> Image.Image:
    generator = np.random.default_rng(rng.getrandbits(32))
    shape = (picture.height, picture.width, 1)
    grain = generator.standard_normal(shape, dtype=np.float32) * rng.uniform(3, 14)
    pixels = np.asarray(picture, np.float32) + grain
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def draw_sprite(sprite: Image.Image, side: float, rng: random.Random) -> Image.Image:
    """A sprite of `side` pixels at its longer side, at times mirrored, turned, tinted, softened."""
    scale = side / max(sprite.size)
    size = (max(4, round(sprite.width * scale)), max(4, round(sprite.height * scale)))
    picture = sprite.resize(size, Image.Resampling.BILINEAR)
    if rng.random() < 0.4:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.5:
        picture = picture.rotate(rng.uniform(-20, 20), Image.Resampling.BILINEAR, expand=True)
    if rng.random() < 0.5:
        alpha = picture.getchannel("A")
        for enhance in (ImageEnhance.Color, ImageEnhance.Brightness, ImageEnhance.Contrast):
            picture = enhance(picture).enhance(rng.uniform(0.7, 1.3))
        picture.putalpha(alpha)
    if rng.random() < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0)))
    return _tight(picture)


def draw_shape(name: str, side: float, colour: Colour, rng: random.Random) -> Image.Image:
    """A filled shape of `side` pixels in a colour that wavers a little around its name."""
    n = max(8, round(side)) * SUPERSAMPLE
    wavered = tuple(min(255, max(0, c + rng.randint(-14, 14))) for c in colour)
    picture = Image.new("RGBA", (n, n), (*colour, 0))
    pen = ImageDraw.Draw(picture)
    m = n - 1
    if name == "circle":
        pen.ellipse((0, 0, m, m), fill=wavered)
    elif name == "ring":
        pen.ellipse((0, 0, m, m), outline=wavered, width=n // 6)
    elif name == "square":
        pen.rectangle((0, 0, m, m), fill=wavered)
    elif name == "rectangle":
        pen.rectangle((0, n // 4, m, n - n // 4), fill=wavered)
    elif name == "cross":
        third = n // 3
        pen.rectangle((third, 0, 2 * third, m), fill=wavered)
        pen.rectangle((0, third, m, 2 * third), fill=wavered)
    else:
        pen.polygon(_corners(name, n), fill=wavered)
    return _tight(picture.reduce(SUPERSAMPLE))


def _corners(name: str, n: int) -> list[tuple[float, float]]:
    half = n / 2
    if name == "triangle":
        return [(half, 0), (n, n * 0.9), (0, n * 0.9)]
    if name == "diamond":
        return [(half, 0), (n * 0.88, half), (half, n), (n * 0.12, half)]
    if name == "star":
        turns = [math.pi * k / 5 - math.pi / 2 for k in range(10)]
        reach = [half if k % 2 == 0 else half * 0.42 for k in range(10)]
        return [
            (half + r * math.cos(t), half + r * math.sin(t))
            for r, t in zip(reach, turns, strict=True)
        ]
    if name == "heart":
        points = []
        for k in range(60):
            t = 2 * math.pi * k / 60
            x = 16 * math.sin(t) ** 3
            y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
            points.append((half + x / 17 * half, half - (y + 2) / 17 * half))
        return points
    raise ValueError(f"no shape is called {name!r}")


def draw_word(word: str, side: float, rng: random.Random) -> Image.Image:
    """A printed word about `side` pixels wide, on a plate or bare."""
    text = rng.choice((word, word.upper(), word.capitalize()))
    font = ImageFont.load_default(size=40)
    left, top, right, bottom = font.getbbox(text)
    margin = rng.choice((2, 8, 14))
    size = (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin)
    dark = (rng.randint(0, 90), rng.randint(0, 90), rng.randint(0, 90))
    pale = (rng.randint(190, 255), rng.randint(190, 255), rng.randint(190, 255))
    ink, plate = (dark, pale) if rng.random() < 0.6 else (pale, dark)
    picture = Image.new("RGBA", size, (*plate, 255))
    ImageDraw.Draw(picture).text((margin - left, margin - top), text, font=font, fill=ink)
    scale = max(side * rng.uniform(1.0, 1.6), 36) / picture.width
    return picture.resize(
        (round(picture.width * scale), max(8, round(picture.height * scale))),
        Image.Resampling.BILINEAR,
    )


def _tight(picture: Image.Image) -> Image.Image:
    """Cut to what can be seen, so that the box of the drawing is the box of the thing."""
    shape = picture.getchannel("A").point(lambda a: 255 if a > 40 else 0).getbbox()
    return picture.crop(shape) if shape else picture
