"""What was said, as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished recording: a WAV of 16 kHz, mono, 16 bits, without silence at its ends."""

    path: Path
    seconds: float
