"""A sound file as mono samples at any rate, piece by piece."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from app.sound.files import opened, pieces, skip

_PIECE = 4096  # frames of the file that are read at a time


class Source:
    """Owns an open file. `seconds` is where the next sample is in it.

    Raises OSError and soundfile.SoundFileError where it can't be opened; damaged later on, it ends.
    """

    def __init__(self, path: Path, rate: int, *, start: float = 0.0) -> None:
        self._file = opened(path)
        first = min(int(start * self._file.samplerate), self._file.frames)
        skip(self._file, first)
        self._pieces = pieces(self._file, _PIECE)
        self._rate = rate
        self._given = int(first / self._file.samplerate * rate)
        self._stream = soxr.ResampleStream(self._file.samplerate, rate, 1, dtype="float32")
        self._ready = np.zeros(0, np.float32)
        self._complete = False

    @property
    def seconds(self) -> float:
        return self._given / self._rate

    def read(self, count: int) -> npt.NDArray[np.float32]:
        """So many samples, -1 to 1; fewer at the end."""
        ready = [self._ready]
        while sum(map(len, ready)) < count and not self._complete:
            ready.append(self._next())
        joined = np.concatenate(ready)
        given, self._ready = joined[:count], joined[count:]
        self._given += len(given)
        return given

    def close(self) -> None:
        self._file.close()
        del self._stream  # now, whoever holds this object still: soxr complains at the end else

    def _next(self) -> npt.NDArray[np.float32]:
        """More of the file at the wanted rate."""
        frames = next(self._pieces, None)
        self._complete = frames is None
        mono = np.zeros(0, np.float32) if frames is None else frames.mean(axis=1)
        resampled: npt.NDArray[np.float32] = self._stream.resample_chunk(mono, last=self._complete)
        return resampled.clip(-1, 1)
