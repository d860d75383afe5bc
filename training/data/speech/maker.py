"""The speech maker: sentences said by many voices, clean or as a microphone gives them."""

from __future__ import annotations

import numpy as np

from engine.media.audio import Samples
from training.data.speech.effects import Noise, at_level, played, with_noise, worsened
from training.data.speech.synthesis import can_speak, synthesize
from training.data.speech.voices import ESPEAK_TRAIN, RECORDED_TRAIN, Voice

_RECORDED = 0.45  # share of training that is said by voices made from recordings
_FESTIVAL = 0.08  # of those; it takes ten times as long as the others
_AS_RECORDED = 0.3  # of those; the others are smaller or larger people
_SIZES = 0.85, 1.45  # how many times faster they are played, and slower they have spoken
_PEAK_DB = -3.0


def say(text: str, voice: Voice, *, noise: Noise | None = None, seed: int = 0) -> Samples:
    """The words in a voice as it is, for measuring; samples [n] at 16 kHz.

    The same arguments give the same samples. Raises DataError where the voice can't speak.
    """
    sound = at_level(synthesize(text, voice), _PEAK_DB)
    if noise is None:
        return sound
    return at_level(with_noise(sound, noise, np.random.default_rng(seed)), _PEAK_DB)


def some_voice(rng: np.random.Generator) -> Voice:
    """A voice of training; of the synthesizers that are installed."""
    if rng.random() < _RECORDED:
        festival = rng.random() < _FESTIVAL
        voices = [v for v in RECORDED_TRAIN if (v.synthesizer == "festival") == festival]
        if can_speak(voices[0]):
            return voices[int(rng.integers(len(voices)))]
    return ESPEAK_TRAIN[int(rng.integers(len(ESPEAK_TRAIN)))]


def spoken(text: str, number: int) -> tuple[Samples, Voice]:
    """The words for training, and who says them: utterance `number`, the same for ever."""
    rng = np.random.default_rng(number)
    voice = some_voice(rng)
    speed, pitch = rng.uniform(0.8, 1.3), rng.uniform(-1, 1)
    if voice not in RECORDED_TRAIN or rng.random() < _AS_RECORDED:
        return worsened(synthesize(text, voice, speed=speed, pitch=pitch), rng), voice
    size = float(np.exp(rng.uniform(*np.log(_SIZES))))
    slowly = synthesize(text, voice, speed=speed / size, pitch=pitch)
    return worsened(played(slowly, size), rng), voice
