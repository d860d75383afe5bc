"""How a recording looks, and what is said of a file that is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.voice.peaks import (
    COLUMNS,
    ClipError,
    Waveform,
    read_waveform,
    spoken_time,
    waveform_or_sentence,
)
from tests.support.sounds import tone


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "ogg"])
def test_a_tone_that_grows_looks_like_it(tmp_path: Path, ending: str) -> None:
    found = read_waveform(tone(tmp_path / f"a.{ending}", seconds=1, rate=16_000))
    assert found.seconds == pytest.approx(1, abs=0.2)
    assert 100 < len(found.peaks) <= COLUMNS
    assert max(found.peaks) == 1.0
    assert found.peaks[10] < found.peaks[60] < found.peaks[100]


def test_what_is_hardly_there_looks_quiet(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(1600, 0.005), 16_000)
    assert max(read_waveform(path).peaks) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(("frames", "columns"), [(1, 1), (3, 3), (COLUMNS + 1, 81)])
def test_a_short_one_has_fewer_columns(tmp_path: Path, frames: int, columns: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full((frames, 8), 0.5), 192_000)
    found = read_waveform(path)
    assert found == Waveform(frames / 192_000, (1.0,) * columns)


def test_what_is_no_number_is_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(800, np.nan, np.float32), 16_000, subtype="FLOAT")
    assert set(read_waveform(path).peaks) == {0.0}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.wav", b"", "a.wav can't be read as a recording; WAV, FLAC, MP3 and OGG can."),
        ("a.mp3", b"<html>", "a.mp3 can't be read as a recording; WAV, FLAC, MP3 and OGG can."),
        (
            f"{'0f' * 32}.wav",
            b"RIFF",
            "This recording can't be read as a recording; WAV, FLAC, MP3 and OGG can.",
        ),
        ("gone.wav", None, "The file of this recording is no longer there."),
    ],
)
def test_what_is_no_recording_is_said(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert waveform_or_sentence(path) == sentence


def test_a_recording_without_sound_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(0), 16_000)
    with pytest.raises(ClipError, match=r"a\.wav has no sound in it"):
        read_waveform(path)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0:00"), (0.2, "0:01"), (3.4, "0:03"), (59.6, "1:00"), (3671, "61:11")],
)
def test_a_length_is_said_in_minutes_and_seconds(seconds: float, said: str) -> None:
    assert spoken_time(seconds) == said
