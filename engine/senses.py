"""Eyes and ears of a bundle behind one seam: the real `MediaEncoder`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.bundle import Bundle
from engine.encode import PictureEncoder, picture_encoder
from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.hearing import ClipEncoder, clip_encoder
from engine.seams import Encoded
from engine.types import AudioPart

if TYPE_CHECKING:  # they bring torch, which comes when a bundle is loaded
    from engine.models.ears import Ears
    from engine.models.eyes import Eyes


class Senses:
    """A `MediaEncoder` of the two encoders of a model; None for a sense that it does not have."""

    def __init__(self, pictures: PictureEncoder | None, recordings: ClipEncoder | None) -> None:
        self._pictures = pictures
        self._recordings = recordings

    @classmethod
    def of(cls, bundle: Bundle, eyes: Eyes | None, ears: Ears | None) -> Senses:
        """The senses of a bundle whose parts are loaded."""
        return cls(
            picture_encoder(bundle, eyes) if eyes else None,
            clip_encoder(bundle, ears) if ears else None,
        )

    @property
    def encoded(self) -> int:
        """How many pictures and blocks of sound were computed so far."""
        return sum(sense.encoded for sense in (self._pictures, self._recordings) if sense)

    def encode_image(self, path: Path, regions: Sequence[Box] = ()) -> Encoded:
        """See `PictureEncoder`. Raises InputError where there are no eyes, too."""
        if self._pictures is None:
            raise InputError(f"{path} can't be seen: this model has no eyes.")
        return self._pictures.encode_image(path, regions)

    def encode_audio(self, part: AudioPart) -> Encoded:
        """See `ClipEncoder`. Raises InputError where there are no ears, too."""
        if self._recordings is None:
            raise InputError(f"{part.path} can't be heard: this model has no ears.")
        return self._recordings.encode_audio(part)
