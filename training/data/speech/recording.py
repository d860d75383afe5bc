"""A sound file -> samples as a speech encoder hears them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from training.errors import DataError

RATE = 16_000  # samples a second


def read_samples(path: Path) -> NDArray[np.float32]:
    """A whole recording (WAV, FLAC, MP3, OGG) as samples [n], 16 kHz mono, -1..1.

    Raises DataError where the file can't be read or holds no sound.
    """
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise DataError(f"{path}: the recording can't be read ({error}); get it again") from error
    if not len(samples):
        raise DataError(f"{path}: the recording holds no sound; get it again")
    mono: NDArray[np.float32] = samples.mean(axis=1, dtype=np.float32)
    return mono if rate == RATE else soxr.resample(mono, rate, RATE)
