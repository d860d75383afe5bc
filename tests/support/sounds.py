"""Small sound files: tones and silence, in every form that is taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000


def tone(path: Path, *, seconds: float = 0.5, rate: int = RATE, channels: int = 1) -> Path:
    """A tone that grows from nothing to half of what is possible; the name's ending is the form."""
    times = np.arange(int(seconds * rate)) / rate
    wave = 0.5 * (times / max(seconds, 1e-9)) * np.sin(2 * np.pi * 220 * times)
    soundfile.write(path, np.repeat(wave[:, None], channels, axis=1), rate)
    return path
