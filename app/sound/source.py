"""A sound file as mono samples at any rate, piece by piece."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

_PIECE = 4096  # frames of the file that are read at a time


class Source:
    """Owns an open file. `seconds` is where the next sample is in it.

    Raises OSError and soundfile.SoundFileError where it can't be opened; damaged later on, it ends.
    """

    def __init__(self, path: Path, rate: int, *, start: float = 0.0) -> None:
        self._file = soundfile.SoundFile(path)
        first = min(int(start * self._file.samplerate), self._file.frames)
        self._file.seek(first)
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
        pieces = [self._ready]
        while sum(map(len, pieces)) < count and not self._complete:
            pieces.append(self._next())
        ready = np.concatenate(pieces)
        given, self._ready = ready[:count], ready[count:]
        self._given += len(given)
        return given

    def close(self) -> None:
        self._file.close()
        del self._stream  # now, whoever holds this object still: soxr complains at the end else

    def _next(self) -> npt.NDArray[np.float32]:
        """More of the file at the wanted rate."""
        try:
            frames = self._file.read(_PIECE, dtype="float32", always_2d=True)
        except soundfile.SoundFileError:
            frames = np.zeros((0, 1), np.float32)
        self._complete = len(frames) < _PIECE
        mono = np.nan_to_num(frames.mean(axis=1, dtype=np.float32)) if len(frames) else frames[:, 0]
        resampled: npt.NDArray[np.float32] = self._stream.resample_chunk(mono, last=self._complete)
        return resampled.clip(-1, 1)
