from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.training.data.speech.conftest import Record
from training.data.speech.recording import RATE, read_samples
from training.errors import DataError


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_any_usual_file_becomes_the_same_tone(tmp_path: Path, record: Record, ending: str) -> None:
    samples = read_samples(record(tmp_path / f"a.{ending}", rate=48_000, channels=2))
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert len(samples) == pytest.approx(RATE / 2, abs=RATE / 10)  # MP3 fills up its last frame
    loudest = np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples)
    assert loudest == pytest.approx(440, abs=5)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.1)


def test_what_is_no_recording_is_named(tmp_path: Path, record: Record) -> None:
    (tmp_path / "words.wav").write_text("not a sound")
    with pytest.raises(DataError, match=r"words\.wav: the recording can't be read"):
        read_samples(tmp_path / "words.wav")
    with pytest.raises(DataError, match=r"no\.wav: the recording can't be read"):
        read_samples(tmp_path / "no.wav")
    with pytest.raises(DataError, match=r"none\.wav: the recording holds no sound"):
        read_samples(record(tmp_path / "none.wav", seconds=0))
