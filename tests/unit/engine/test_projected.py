"""Pictures and recordings through an mmproj file: computed once, and where boxes lie."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.errors import InputError
from engine.media.audio import Samples
from engine.projected import ProjectedEncoder, padded_placement
from engine.seams import Marks, Piece, Rows
from engine.types import AudioPart
from tests.support.sound_files import save, tone


class Projector:
    """Sees every picture as two rows, in a size of 28 x 56 pixels."""

    rate = 16_000

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []
        self.heard: list[int] = []

    def look(self, pixels: NDArray[np.uint8]) -> tuple[list[Piece], tuple[int, int] | None]:
        self.seen.append(pixels.shape)
        return [Marks((1,)), Rows(np.zeros((2, 4), np.float32)), Marks((2,))], (28, 56)

    def hear(self, samples: Samples) -> list[Piece]:
        self.heard.append(len(samples))
        return [Rows(np.zeros((3, 4), np.float32))]


@pytest.fixture
def projector() -> Projector:
    return Projector()


def encoder(projector: Projector, *, salt: str = "a", padded: bool = True) -> ProjectedEncoder:
    return ProjectedEncoder(projector, salt=salt, padded=padded)


def picture(path: Path, colour: str = "red") -> Path:
    Image.new("RGB", (200, 100), colour).save(path)
    return path


def test_each_picture_is_computed_once(projector: Projector, tmp_path: Path) -> None:
    senses = encoder(projector)
    first = senses.encode_image(picture(tmp_path / "a.png"))
    assert senses.encode_image(tmp_path / "a.png") is first
    assert senses.encode_image(picture(tmp_path / "copy.png")) is first
    assert projector.seen == [(100, 200, 3)]
    other = senses.encode_image(picture(tmp_path / "a.png", "blue"))
    os.utime(tmp_path / "a.png", ns=(1, 1))
    assert senses.encode_image(tmp_path / "a.png") is other
    assert senses.encoded == len(projector.seen) == 2
    assert encoder(projector, salt="b").encode_image(tmp_path / "copy.png").key != first.key


def test_a_picture_is_seen_as_a_person_sees_it(projector: Projector, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (200, 100)).save(tmp_path / "a.png", exif=exif)
    encoder(projector).encode_image(tmp_path / "a.png")
    assert projector.seen == [(200, 100, 3)]


def test_where_the_picture_lies_in_what_was_seen(projector: Projector, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    seen = encoder(projector).encode_image(path)
    assert seen.resized == (28, 56)
    assert seen.placement is not None
    assert (seen.placement.left, seen.placement.width) == (0, 1)
    assert (seen.placement.top, seen.placement.height) == (21 / 56, 14 / 56)
    assert encoder(projector, padded=False).encode_image(path).placement is None


def test_a_picture_of_the_canvas_own_shape_fills_it() -> None:
    whole = padded_placement((300, 200), (84, 56))
    assert (whole.left, whole.top, whole.width, whole.height) == (0, 0, 1, 1)


def test_a_recording_is_heard_when_it_is_finished(projector: Projector, tmp_path: Path) -> None:
    senses = encoder(projector)
    path = save(tmp_path / "a.wav", tone(1.0))
    growing = senses.encode_audio(AudioPart(path, growing=True))
    assert (growing.pieces, projector.heard) == ((), [])
    heard = senses.encode_audio(AudioPart(path))
    assert senses.encode_audio(AudioPart(path)) is heard
    assert projector.heard == [16_000]


def test_a_rate_of_its_own(projector: Projector, tmp_path: Path) -> None:
    projector.rate = 24_000
    encoder(projector).encode_audio(AudioPart(save(tmp_path / "a.wav", tone(1.0))))
    assert projector.heard == [24_000]


def test_what_can_not_be_used(projector: Projector, tmp_path: Path) -> None:
    senses = encoder(projector)
    with pytest.raises(InputError, match="no file"):
        senses.encode_image(tmp_path / "none.png")
    (tmp_path / "a.png").write_text("words")
    with pytest.raises(InputError, match=r"a\.png"):
        senses.encode_image(tmp_path / "a.png")
    with pytest.raises(InputError, match="No speech"):
        senses.encode_audio(AudioPart(save(tmp_path / "s.wav", 0 * tone(1.0))))
    assert senses.encoded == 0
