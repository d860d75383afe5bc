"""What a microphone gives, at its rate and with its channels, as 16 kHz mono."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

from app.voice.wav import RATE

_LOUDEST = 32_767


class Resampler:
    """Signed 16-bit samples go in, piece by piece, with their channels beside each other."""

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32")

    def take(self, sound: bytes) -> bytes:
        """What can be said of the sound so far; a little of it is held back each time."""
        frames = np.frombuffer(sound, dtype=np.int16).reshape(-1, self._channels)
        return self._resampled(frames.mean(axis=1, dtype=np.float32))

    def rest(self) -> bytes:
        """What was held back; nothing comes after it."""
        return self._resampled(np.zeros(0, dtype=np.float32), last=True)

    def _resampled(self, mono: npt.NDArray[np.float32], *, last: bool = False) -> bytes:
        out = self._stream.resample_chunk(mono, last=last)
        sound: bytes = np.clip(np.rint(out), -_LOUDEST - 1, _LOUDEST).astype(np.int16).tobytes()
        return sound
