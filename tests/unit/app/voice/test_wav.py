"""A WAV that is read while it grows."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from app.voice.wav import GrowingWav
from tests.support.speech import read_wav

HEADER = 44


def test_what_was_written_is_there_at_once_and_stays_when_it_is_shortened(tmp_path: Path) -> None:
    wav = GrowingWav(tmp_path / "new" / "a.wav")
    assert wav.path.stat().st_size == HEADER
    samples = array("h", range(100))
    wav.add(samples[:40].tobytes())
    assert wav.path.read_bytes()[HEADER:] == samples[:40].tobytes()
    wav.add(samples[40:].tobytes())
    assert (wav.samples, read_wav(wav.path)) == (100, (16_000, array("h")))
    wav.finish(70)
    assert (wav.samples, read_wav(wav.path)) == (70, (16_000, samples[:70]))
    assert wav.path.stat().st_size == HEADER + 140


def test_it_is_never_made_longer(tmp_path: Path) -> None:
    wav = GrowingWav(tmp_path / "a.wav")
    wav.add(bytes(20))
    wav.finish(1000)
    assert read_wav(wav.path) == (16_000, array("h", bytes(20)))


def test_it_takes_no_ones_place_and_can_be_taken_back(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        GrowingWav(tmp_path / "a.wav")
    wav = GrowingWav(tmp_path / "b.wav")
    wav.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
