"""The scripted encoder gives what the real ones give: same shapes, same types, same order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.bundle import Bundle
from engine.media.image import Placement
from engine.seams import MediaEncoder, Rows, Words
from engine.senses import Senses
from engine.types import AudioPart
from tests.support.fakes import N_EMBD, ScriptedEncoder
from tests.support.sound_files import save, tone

Make = Callable[[pytest.FixtureRequest], tuple[MediaEncoder, int, bool]]


def real(fixture: str) -> Make:
    """The encoder of a tiny bundle, its width, and whether it proposes regions."""

    def make(request: pytest.FixtureRequest) -> tuple[MediaEncoder, int, bool]:
        from engine.models.ears import Ears
        from engine.models.eyes import Eyes

        bundle = Bundle.open(request.getfixturevalue(fixture))
        manifest = bundle.manifest
        eyes = Eyes.load(bundle.path, manifest) if manifest.vision else None
        ears = Ears.load(bundle.path, manifest) if manifest.speech else None
        regions = manifest.vision is not None and manifest.vision.regions is not None
        return Senses.of(bundle, eyes, ears), manifest.n_embd, regions

    return make


def scripted(box: str | None) -> Make:
    return lambda request: (ScriptedEncoder(box=box), N_EMBD, bool(box))


ENCODERS: dict[str, Make] = {
    "scripted": scripted(None),
    "scripted with a region": scripted(" {<1><2><3><4>}"),
    "vit": real("tiny_vit_bundle"),
    "efficientnet with regions": real("tiny_bundle"),
}


@pytest.mark.parametrize("kind", ENCODERS)
def test_what_a_picture_becomes(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    encoder, width, with_regions = ENCODERS[kind](request)
    picture = tmp_path / "picture.png"
    Image.effect_noise((90, 60), 80).convert("RGB").save(picture)

    encoded = encoder.encode_image(picture)
    patches, *regions = encoded.pieces
    assert isinstance(patches, Rows)
    assert patches.array.shape[1:] == (width,)
    assert len(patches.array) == 4
    assert bool(regions) == with_regions
    for row, words in zip(regions[::2], regions[1::2], strict=True):
        assert isinstance(row, Rows)
        assert row.array.shape == (1, width)
        assert isinstance(words, Words)
        assert words.text.startswith(" {<")
    for piece in encoded.pieces:
        if isinstance(piece, Rows):
            assert piece.array.dtype == np.float32
            assert piece.array.flags.c_contiguous
            assert np.isfinite(piece.array).all()
    assert encoded.placement == Placement()


HEARING: dict[str, Make] = {
    "scripted": scripted(None),
    "blocks": real("hearing_bundle"),
    "words": real("words_bundle"),
    "telling": real("telling_bundle"),
    "llasm": real("llasm_bundle"),
}


@pytest.mark.parametrize("kind", HEARING)
def test_what_a_recording_becomes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    encoder, width, _ = HEARING[kind](request)
    encoded = encoder.encode_audio(AudioPart(save(tmp_path / "speech.wav", tone(2.2))))
    assert encoded.placement is None
    assert not encoded.asked
    assert encoded.pieces
    for piece in encoded.pieces:
        assert isinstance(piece, Rows)
        assert piece.key
        assert piece.array.shape[1:] == (width,)
        assert len(piece.array)
        assert piece.array.dtype == np.float32
        assert piece.array.flags.c_contiguous
        assert np.isfinite(piece.array).all()
