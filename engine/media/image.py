"""A picture file becomes an RGB picture, and the pixels a vision encoder takes.

The one transform of training, evaluation and inference. A picture is always the one that a person
sees: EXIF rotation applied, transparency over white, the first frame of an animation.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.media import MAX_PIXELS
from engine.media.files import check_file

# What Pillow may decode here, the ones it has loaded after `preinit` first. EPS and the like are
# left out: reading them starts another program.
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "AVIF")

# What Pillow's decoders were seen to raise on damaged files, besides OSError.
_DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError,
    OverflowError, ZeroDivisionError, struct.error, zlib.error,
)  # fmt: skip

_SIGNATURES = (b"BM", b"GIF8", b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"RIFF")

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


Resample = Literal["bilinear", "bicubic"]

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True, slots=True)
class ImageGeometry:
    """How a picture becomes the square that an encoder takes.

    `side` is in pixels. "squash" stretches the picture to the square, "pad" keeps its shape and
    fills the rest with `mean`. Values 0..255 are normalized as (value - mean) / std per channel.
    """

    side: int
    resize: Literal["squash", "pad"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resample: Resample = "bilinear"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the picture lies on the encoder's square: corner and extent in 0..1 of its side."""

    left: float = 0.0
    top: float = 0.0
    width: float = 1.0
    height: float = 1.0

    def to_picture(self, box: Box) -> Box:
        """A box on the square, in 0..1 of the picture; what lies on the padding is cut off."""
        return Box.tidy(
            (box.x1 - self.left) / self.width,
            (box.y1 - self.top) / self.height,
            (box.x2 - self.left) / self.width,
            (box.y2 - self.top) / self.height,
        )

    def to_square(self, box: Box) -> Box:
        """A box on the picture, in 0..1 of the square."""
        return Box.tidy(
            self.left + box.x1 * self.width,
            self.top + box.y1 * self.height,
            self.left + box.x2 * self.width,
            self.top + box.y2 * self.height,
        )


def open_image(path: Path) -> Image.Image:
    """The picture at `path` as a person sees it, RGB, decoded and detached from its file.

    Raises InputError when there is no such file or it can't be a picture: the message names the
    file and the way out. Pillow's warnings (huge pictures, odd metadata) are kept to itself.
    """
    check_file(path, "picture")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.preinit()
        try:
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise _too_large(path)
                image.load()
                return upright_rgb(image)
        except InputError:
            raise
        except Image.DecompressionBombError as error:
            raise _too_large(path) from error
        except UnidentifiedImageError as error:
            raise _unreadable(path) from error
        except MemoryError as error:
            raise InputError(
                f"{path} needs more memory than there is; make it smaller and try again."
            ) from error
        except PermissionError as error:
            raise InputError(
                f"{path} may not be read; change its permissions or give another file."
            ) from error
        except _DAMAGED as error:
            raise _damaged(path) from error


def to_pixels(image: Image.Image, geometry: ImageGeometry) -> tuple[NDArray[np.float32], Placement]:
    """An RGB picture as normalized pixels, channels first, and where it lies on the square."""
    side = geometry.side
    if geometry.resize == "squash":
        square = image.resize((side, side), _FILTERS[geometry.resample])
        placement = Placement()
    else:
        square, placement = _pad(image, geometry)
    values = np.asarray(square, dtype=np.float32)  # [side, side, 3]
    mean = np.asarray(geometry.mean, dtype=np.float32)
    std = np.asarray(geometry.std, dtype=np.float32)
    pixels = np.ascontiguousarray(((values - mean) / std).transpose(2, 0, 1))  # [3, side, side]
    return pixels, placement


def _pad(image: Image.Image, geometry: ImageGeometry) -> tuple[Image.Image, Placement]:
    side = geometry.side
    scale = side / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    left, top = (side - width) // 2, (side - height) // 2
    red, green, blue = (round(value) for value in geometry.mean)
    square = Image.new("RGB", (side, side), (red, green, blue))
    square.paste(image.resize((width, height), _FILTERS[geometry.resample]), (left, top))
    return square, Placement(left / side, top / side, width / side, height / side)


def upright_rgb(image: Image.Image) -> Image.Image:
    """Any of Pillow's modes as RGB, turned as the file's metadata says."""
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DAMAGED:  # odd metadata costs the rotation, never the picture
        turn = None
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        rgb = _to_8_bits(image).convert("RGB")
    elif image.has_transparency_data:
        rgba = image.convert("RGBA")
        rgb = Image.new("RGB", image.size, (255, 255, 255))
        rgb.paste(rgba, mask=rgba.getchannel("A"))
    else:
        rgb = image.convert("RGB")
    return rgb if turn is None else rgb.transpose(turn)


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Grey values of 16 or more bits, or floats, scaled to 0..255; Pillow would clip them.

    Only 16-bit modes tell what white is. For others it is the smallest usual white (1.0 for
    floats, 8, 16 or 32 bits) that holds the picture's largest value.
    """
    values = np.nan_to_num(np.asarray(image, dtype=np.float64))  # [height, width]
    whites = [255.0, 65535.0, 2.0**31 - 1]
    if image.mode.startswith("I;16"):
        whites = [65535.0]
    elif image.mode == "F":
        whites = [1.0, *whites]
    largest = float(values.max())
    white = next((white for white in whites if largest <= white), largest)
    return Image.fromarray(np.rint(values.clip(0, white) * (255.0 / white)).astype(np.uint8))


def _too_large(path: Path) -> InputError:
    return InputError(
        f"{path} has more than {MAX_PIXELS // 1_000_000} megapixels; "
        "make it smaller (4,000 pixels on the long side are plenty) and try again."
    )


def _unreadable(path: Path) -> InputError:
    """Pillow did not know the file: either it is something else, or its header is cut off."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_SIGNATURES):
        return _damaged(path)
    return InputError(
        f"{path} is not a picture that can be read here; "
        "give a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF file."
    )


def _damaged(path: Path) -> InputError:
    return InputError(f"{path} is damaged or cut short; copy or download it again.")
