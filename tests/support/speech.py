"""Sound for tests: a sentence said by espeak-ng, and what is no sentence."""

from __future__ import annotations

import wave
from array import array
from math import pi, sin
from pathlib import Path
from random import Random

import numpy as np
import soxr

SAID = Path(__file__).resolve().parents[1] / "data" / "where_is_the_woman.wav"
"""`espeak-ng -v en-us -s 140 "where is the woman"`: 1.43 seconds at 22,050 Hz, mono."""
SAID_S = 1.43
WORDS_S = 1.0
"""Its last word ends here; what is left of it is silence."""


def read_wav(path: Path) -> tuple[int, array[int]]:
    """The rate and the samples of a WAV of 16 bits, by what its header says."""
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        return file.getframerate(), array("h", file.readframes(file.getnframes()))


def said(
    rate: int, channels: int = 1, *, before_s: float = 0.0, behind_s: float = 0.0
) -> array[int]:
    """The sentence at a rate, the same in each channel, with silence around it."""
    own, samples = read_wav(SAID)
    sound = soxr.resample(np.array(samples, dtype=np.int16), own, rate)
    around = [np.zeros(int(length * rate), np.int16) for length in (before_s, behind_s)]
    whole = np.concatenate((around[0], sound, around[1]))
    return array("h", np.repeat(whole, channels).tobytes())


def silence(rate: int, seconds: float, channels: int = 1) -> array[int]:
    return array("h", bytes(2 * channels * int(rate * seconds)))


def noise(rate: int, seconds: float, channels: int = 1, *, loud: int = 3000) -> array[int]:
    """A hiss; `loud` is its largest sample."""
    random = Random(0)
    count = int(rate * seconds) * channels
    return array("h", (random.randint(-loud, loud) for _ in range(count)))


def tone(rate: int, seconds: float, hertz: float) -> array[int]:
    steps = range(int(rate * seconds))
    return array("h", (round(10_000 * sin(2 * pi * hertz * step / rate)) for step in steps))
