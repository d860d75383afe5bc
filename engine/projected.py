"""Pictures and recordings of a bundle whose encoder is an mmproj file, each computed once.

The file is read by llama.cpp (`engine.llama.mtmd`), which prepares pixels and sound as each family
wants them. A picture goes in as the person sees it. Nothing of a recording is known before it is
finished: these encoders hear it as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from engine.bundle import Bundle
from engine.bundle.mmproj import read_mmproj
from engine.grounding.geometry import Box
from engine.hearing import not_heard
from engine.kept import KeptRows
from engine.media.audio import RATE, Samples, is_silent, read_audio
from engine.media.image import Placement, open_image
from engine.seams import Encoded, Piece
from engine.types import AudioPart


class Projector(Protocol):
    """The part of `engine.llama.mtmd.Mtmd` that is needed here."""

    rate: int

    def look(self, pixels: NDArray[np.uint8]) -> tuple[list[Piece], tuple[int, int] | None]:
        """The pieces of an RGB picture [height, width, 3], and the size in which it was seen."""

    def hear(self, samples: Samples) -> list[Piece]:
        """The pieces of a recording."""


class ProjectedEncoder:
    """A `MediaEncoder` over an mmproj file; keeps the newest results, see `engine.kept`.

    `salt` names the file by its content; with that of a picture or recording it makes the key.
    `padded` says that a picture keeps its shape inside the size in which it is seen. Not for two
    threads at once.
    """

    def __init__(self, projector: Projector, *, salt: str, padded: bool) -> None:
        self.encoded = 0
        self._projector = projector
        self._padded = padded
        self._kept = KeptRows(salt)

    def encode_image(self, path: Path, _regions: Sequence[Box] = ()) -> Encoded:
        """The picture's pieces; its regions have none of their own.

        Raises InputError where the file is no usable picture.
        """
        return self._kept.of(path, open_image, self._looked_at)

    def encode_audio(self, part: AudioPart) -> Encoded:
        """The recording's pieces; none while it grows.

        Raises InputError where the file is no usable recording, or nothing was said in it.
        """
        if part.growing:
            return Encoded("growing", (), None)
        return self._kept.of(part.path, _said, self._listened_to)

    def _looked_at(self, image: Image, key: str) -> Encoded:
        pieces, resized = self._projector.look(np.asarray(image))
        self.encoded += 1
        placement = None
        if resized is not None and self._padded:
            placement = padded_placement(image.size, resized)
        return Encoded(key, tuple(pieces), placement, resized=resized)

    def _listened_to(self, samples: Samples, key: str) -> Encoded:
        pieces = self._projector.hear(self._resampled(samples))
        self.encoded += 1
        return Encoded(key, tuple(pieces), None)

    def _resampled(self, samples: Samples) -> Samples:
        if self._projector.rate == RATE:
            return samples
        import soxr

        found: Samples = soxr.resample(samples, RATE, self._projector.rate)
        return found


def projected_encoder(bundle: Bundle, projector: Projector) -> ProjectedEncoder:
    """The encoder of a bundle with an mmproj file, which `projector` has in memory."""
    (salt,) = bundle.hashes(bundle.mmproj)
    return ProjectedEncoder(projector, salt=salt, padded=read_mmproj(bundle.mmproj).padded)


def padded_placement(size: tuple[int, int], canvas: tuple[int, int]) -> Placement:
    """Where a picture of that width and height lies in what its encoder saw.

    As large as it can be in its own shape, in the middle: PAD_CEIL of llama.cpp's mtmd-image.cpp.
    """
    pairs = list(zip(size, canvas, strict=True))
    scale = min(np.float32(whole) / np.float32(side) for side, whole in pairs)  # as there
    width, height = (min(ceil(np.float32(side) * scale), whole) for side, whole in pairs)
    left, top = (canvas[0] - width) // 2, (canvas[1] - height) // 2
    return Placement(left / canvas[0], top / canvas[1], width / canvas[0], height / canvas[1])


def _said(path: Path) -> Samples:
    """A recording in which there is something to hear. Raises InputError otherwise."""
    samples = read_audio(path)
    if is_silent(samples):
        raise not_heard(path)
    return samples
