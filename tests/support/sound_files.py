"""Sound files of every kind that people have, made on the spot: sound, odd and broken ones."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 16_000


def tone(seconds: float = 2.0, *, rate: int = RATE, channels: int = 1) -> NDArray[np.float32]:
    """300 Hz that swell and fade as syllables do, float32 [n, channels]."""
    time = np.arange(round(seconds * rate)) / rate
    wave = 0.3 * np.sin(2 * np.pi * 300 * time) * np.sin(2 * np.pi * 2 * time)
    return np.repeat(wave.astype(np.float32)[:, np.newaxis], channels, axis=1)


def save(path: Path, samples: NDArray[np.float32], *, rate: int = RATE, **form: str) -> Path:
    soundfile.write(path, samples, rate, **form)
    return path


def cut(path: Path, share: float) -> Path:
    """Leaves the first `share` of the file's bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    return path


def say_length(path: Path, size: int) -> Path:
    """Has the header of a WAV file promise so many bytes of sound."""
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", size)
    path.write_bytes(content)
    return path


def _spoilt(value: float) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        samples = tone()
        samples[100] = value
        save(path, samples, subtype="FLOAT")

    return make


def _hour(path: Path) -> None:
    """Only its header says so: a sparse file."""
    save(path, tone(0.5, rate=8000), rate=8000)
    say_length(path, 8000 * 2 * 3600)
    with path.open("r+b") as file:
        file.truncate(44 + 8000 * 2 * 3600)


Maker = Callable[[Path], object]

REFUSED: dict[str, tuple[Maker, str]] = {
    "empty.wav": (lambda path: path.touch(), "is empty"),
    "nothing.wav": (lambda path: save(path, tone(0)), "is too short"),
    "one.wav": (lambda path: save(path, tone()[:1]), "is too short"),
    "half.wav": (lambda path: cut(save(path, tone()), 0.3), "is cut short: 0.6 of 2.0 seconds"),
    "half.flac": (lambda path: cut(save(path, tone(4)), 0.1), "is cut short"),
    "half.mp3": (lambda path: cut(save(path, tone(4)), 0.3), "is cut short"),
    "head.ogg": (lambda path: cut(save(path, tone()), 0.02), "is damaged or cut short"),
    "letter.wav": (lambda path: path.write_text("Dear aunt"), "is not a recording"),
    "letter.mp3": (lambda path: path.write_text("Dear aunt" * 999), "is not a recording"),
    "nan.wav": (_spoilt(float("nan")), "samples that are no numbers"),
    "infinite.wav": (_spoilt(float("inf")), "samples that are no numbers"),
    "hour.wav": (_hour, "is 60 minutes long"),
    "folder.wav": (lambda path: path.mkdir(), "is a folder"),
    "absent.wav": (lambda path: None, "no file"),
}
"""Name -> how such a file is made, and what the person is told."""

SILENT: dict[str, tuple[Maker, str]] = {
    "silence.wav": (lambda path: save(path, tone() * 0), "No speech was heard in"),
    "still.flac": (lambda path: save(path, tone() * 0.001), "No speech was heard in"),
}
"""Sound files that can be read and in which there is nothing to hear."""

ODD: dict[str, Maker] = {
    "fast.wav": lambda path: save(path, tone(rate=192_000), rate=192_000, subtype="PCM_24"),
    "many.wav": lambda path: save(path, tone(rate=48_000, channels=8), rate=48_000),
    "deep.flac": lambda path: save(path, tone(rate=44_100), rate=44_100, subtype="PCM_24"),
    "old.wav": lambda path: save(path, tone(rate=8000), rate=8000, subtype="PCM_U8"),
    "music.mp3": lambda path: save(path, tone(rate=44_100, channels=2), rate=44_100),
    "music.ogg": lambda path: save(path, tone(rate=48_000, channels=2), rate=48_000),
    "loud.wav": lambda path: save(path, 3 * tone(), subtype="FLOAT"),
    "nearly.wav": lambda path: cut(save(path, tone(2.5)), 0.8),
    "streamed.wav": lambda path: say_length(save(path, tone()), 0xFFFFFFFF),
}
"""Recordings that many programs stumble over; each holds the two seconds of `tone`."""
