from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

Record = Callable[..., Path]


@pytest.fixture
def record() -> Record:
    """Writes half a second of a tone: `record(path, rate=..., channels=...)`; by its ending."""

    def write(path: Path, *, rate: int = 16_000, channels: int = 1, seconds: float = 0.5) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        time = np.arange(int(rate * seconds)) / rate
        tone = 0.5 * np.sin(2 * np.pi * 440 * time)
        soundfile.write(path, np.repeat(tone[:, None], channels, axis=1), rate)
        return path

    return write
