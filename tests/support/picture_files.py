"""Picture files of every kind that people have, made on the spot: sound, odd and broken ones."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

EXIF_ORIENTATION = 0x0112

# Orientation -> how a camera held that way stores what is seen upright.
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def corners() -> Image.Image:
    """40 x 24 pixels, a colour of its own in each quarter: no turn or flip of it looks the same."""
    picture = Image.new("RGB", (40, 24), (255, 0, 0))
    picture.paste((0, 255, 0), (20, 0, 40, 12))
    picture.paste((0, 0, 255), (0, 12, 20, 24))
    picture.paste((255, 255, 0), (20, 12, 40, 24))
    return picture


def save_as_stored(path: Path, upright: Image.Image, *, orientation: int, form: str) -> None:
    """The upright picture as a camera stores it, with the orientation in its EXIF."""
    turn = STORED_AS[orientation]
    stored = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    stored.save(path, form, exif=exif, **({"lossless": True} if form == "WEBP" else {}))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and then ends, so that only who decodes it fails."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(body) - 4) + body
    return start + struct.pack(">I", zlib.crc32(body)) + struct.pack(">I", 4) + b"IDAT\0\0\0\0"


def _truncated(path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, "JPEG")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _animated(path: Path) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:])


def _palette(path: Path) -> None:
    corners().convert("P", palette=Image.Palette.ADAPTIVE).save(path, "PNG", transparency=0)


Maker = Callable[[Path], object]

REFUSED: dict[str, tuple[Maker, str]] = {
    "letter.png": (lambda path: path.write_text("Dear aunt"), "is not a picture"),
    "half.jpg": (_truncated, "is damaged or cut short"),
    "empty.png": (lambda path: path.touch(), "is empty"),
    "huge.png": (lambda path: path.write_bytes(png_header(20_000, 10_000)), "megapixels"),
    "folder.png": (lambda path: path.mkdir(), "is a folder"),
    "absent.png": (lambda path: None, "no file"),
}
"""Name -> how such a file is made, and what the person is told."""

ODD: dict[str, Maker] = {
    "animated.gif": _animated,
    "print.jpg": lambda path: corners().convert("CMYK").save(path, "JPEG"),
    "deep.png": lambda path: Image.fromarray(np.full((9, 9), 40_000, np.uint16)).save(path),
    "sticker.png": _palette,
    "camera.jpg": lambda path: save_as_stored(path, corners(), orientation=6, form="JPEG"),
}
"""Pictures that many programs stumble over and that can be asked about like any other."""
