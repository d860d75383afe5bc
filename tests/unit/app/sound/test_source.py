"""Sound files as mono samples at any rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.sound.source import Source
from tests.support.sounds import tone


@pytest.mark.parametrize(("ending", "channels"), [("wav", 1), ("flac", 2), ("ogg", 1), ("mp3", 2)])
def test_every_form_is_read_to_its_end_at_another_rate(
    tmp_path: Path, ending: str, channels: int
) -> None:
    path = tone(tmp_path / f"a.{ending}", seconds=0.5, rate=32_000, channels=channels)
    source = Source(path, 48_000)
    pieces = []
    while len(piece := source.read(1000)) == 1000:
        pieces.append(piece)
    samples = np.concatenate([*pieces, piece])
    assert len(samples) == pytest.approx(24_000, rel=0.1)
    assert source.seconds == len(samples) / 48_000
    assert 0.4 < np.abs(samples).max() < 0.6
    assert len(source.read(10)) == 0
    source.close()


@pytest.mark.parametrize("ending", ["wav", "mp3"])
def test_it_begins_where_it_is_told_to(tmp_path: Path, ending: str) -> None:
    path = tone(tmp_path / f"a.{ending}", seconds=1)
    whole = Source(path, 16_000)
    behind = whole.read(99_000)[12_000:]
    whole.close()
    for start, rest in ((0.75, 4000), (5.0, 0)):
        source = Source(path, 16_000, start=start)
        assert source.seconds == min(start, 1.0)
        samples = source.read(99_000)
        assert len(samples) == pytest.approx(rest, abs=64)
        assert samples == pytest.approx(behind[: len(samples)], abs=0.01)
        source.close()


def test_what_is_no_number_is_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(800, np.nan, np.float32), 16_000, subtype="FLOAT")
    source = Source(path, 16_000)
    assert not source.read(800).any()
    source.close()


def test_a_file_that_breaks_off_ends(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.flac", seconds=2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = Source(path, 16_000)
    assert 0 < len(source.read(99_000)) < 32_000
    source.close()
