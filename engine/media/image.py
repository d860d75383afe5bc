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


Resize = Literal["squash", "pad", "crop"]
Resample = Literal["bilinear", "bicubic"]

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
_AT_ONCE = 1 << 24  # pixels of a padded picture that are in memory together


@dataclass(frozen=True, slots=True)
class ImageGeometry:
    """How a picture becomes the square that an encoder takes.

    `side` is in pixels. "squash" stretches the picture to the square. "pad" keeps its shape and
    fills the rest with `mean`, as LLaVA was trained (`expand2square`). "crop" keeps it too, brings
    the shorter side to `side` and takes the middle of the longer one, as CLIP does. Values 0..255
    are normalized as (value - mean) / std per channel.
    """

    side: int
    resize: Resize
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resample: Resample = "bilinear"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the picture lies on the encoder's square: corner and extent in 0..1 of its side.

    A picture of which the square shows a part only begins before 0 or ends behind 1.
    """

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
        """A box on the picture, in 0..1 of the square; what the square does not show is cut off."""
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
    match geometry.resize:
        case "squash":
            square, placement = (
                resized(image, (geometry.side, geometry.side), geometry),
                Placement(),
            )
        case "pad":
            square, placement = _pad(image, geometry)
        case "crop":
            square, placement = _crop(image, geometry)
    return normalized(square, geometry), placement


def resized(image: Image.Image, size: tuple[int, int], geometry: ImageGeometry) -> Image.Image:
    """The picture stretched to (width, height) with the geometry's filter."""
    return image.resize(size, _FILTERS[geometry.resample])


def normalized(square: Image.Image, geometry: ImageGeometry) -> NDArray[np.float32]:
    """An RGB picture as float32 [3, height, width], C-contiguous."""
    values = np.asarray(square, dtype=np.float32)  # [height, width, 3]
    mean = np.asarray(geometry.mean, dtype=np.float32)
    std = np.asarray(geometry.std, dtype=np.float32)
    return np.ascontiguousarray(((values - mean) / std).transpose(2, 0, 1))


def _pad(image: Image.Image, geometry: ImageGeometry) -> tuple[Image.Image, Placement]:
    """Put on a square first and resized then, so that the edge is as soft as in training.

    A thread of a picture would need gigabytes for that square: Pillow resizes rows first, then
    columns, so the rows are taken a strip at a time, with the very same result.
    """
    side, (width, height) = geometry.side, image.size
    longest = max(image.size)
    left, top = (longest - width) // 2, (longest - height) // 2
    red, green, blue = (int(value) for value in geometry.mean)
    narrow = Image.new("RGB", (side, longest), (red, green, blue))
    rows = max(1, _AT_ONCE // longest)
    for first in range(0, height, rows):
        taken = min(rows, height - first)
        strip = Image.new("RGB", (longest, taken), (red, green, blue))
        strip.paste(image.crop((0, first, width, first + taken)), (left, 0))
        narrow.paste(resized(strip, (side, taken), geometry), (0, top + first))
    placement = Placement(left / longest, top / longest, width / longest, height / longest)
    return resized(narrow, (side, side), geometry), placement


def _crop(image: Image.Image, geometry: ImageGeometry) -> tuple[Image.Image, Placement]:
    side, shorter = geometry.side, min(image.size)
    wide, high = (int(side * length / shorter) for length in image.size)
    left, top = (wide - side) // 2, (high - side) // 2
    if wide * high <= _AT_ONCE:
        square = resized(image, (wide, high), geometry).crop((left, top, left + side, top + side))
    else:  # of a thread of a picture only the middle; Pillow may round its place otherwise by a bit
        x, y = image.width / wide, image.height / high
        ends = min((left + side) * x, image.width), min((top + side) * y, image.height)
        part = (left * x, top * y, *ends)
        square = image.resize((side, side), _FILTERS[geometry.resample], box=part)
    return square, Placement(-left / side, -top / side, wide / side, high / side)


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
