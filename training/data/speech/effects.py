"""What happens to a voice on its way into a computer: rooms, noise, telephones, codecs."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import soundfile
import soxr

from engine.media.audio import RATE, Samples

Kind = Literal["white", "pink", "brown", "hum", "babble"]
_VOICELESS: tuple[Kind, ...] = ("white", "pink", "brown", "hum")
KINDS: tuple[Kind, ...] = (*_VOICELESS, "babble")
_TILT = {"white": 0.0, "pink": -0.5, "brown": -1.0}  # power of the frequency that amplitudes follow


@dataclass(frozen=True, slots=True)
class Noise:
    """What is heard besides the voice, and how many decibels the voice is above it."""

    kind: Kind
    snr_db: float


def with_noise(voice: Samples, noise: Noise, rng: np.random.Generator) -> Samples:
    """The voice [n] and the noise together; silence stays silence."""
    sound = _sound(noise.kind, voice, rng)
    wanted = _power(voice) / 10 ** (noise.snr_db / 10)
    power = _power(sound)
    if not power:
        return voice
    noisy: Samples = (voice + sound * np.sqrt(wanted / power)).astype(np.float32)
    return noisy


def worsened(voice: Samples, rng: np.random.Generator) -> Samples:
    """The voice as some microphone in some room gives it: each effect by chance."""
    sound = voice
    for chance, effect in _EFFECTS:
        if rng.random() < chance:
            sound = effect(sound, rng)
    sound = _between_silences(sound, rng)
    if rng.random() < _NOISY:
        sound = with_noise(sound, Noise(rng.choice(KINDS), rng.uniform(5, 30)), rng)
    if rng.random() < _CODED:
        sound = _coded(sound, rng)
    return at_level(sound, rng.uniform(-30, -0.1))


def noise_alone(rng: np.random.Generator) -> Samples:
    """A recording in which nobody speaks, of up to four seconds."""
    length = np.zeros(int(RATE * rng.uniform(0.3, 4)), np.float32)
    sound = _sound(rng.choice(_VOICELESS), length, rng)
    if rng.random() < 0.5:
        sound = _narrow(sound, rng)
    return at_level(sound, rng.uniform(-50, -1))


def at_level(sound: Samples, peak_db: float) -> Samples:
    """The sound with its largest sample at so many decibels below the most there can be."""
    peak = float(np.abs(sound).max(initial=0.0))
    return sound if not peak else (sound * (10 ** (peak_db / 20) / peak)).astype(np.float32)


def _power(sound: Samples) -> float:
    return float(np.square(sound, dtype=np.float64).mean()) if len(sound) else 0.0


def _sound(kind: Kind, voice: Samples, rng: np.random.Generator) -> Samples:
    """Noise as long as the voice."""
    n = len(voice)
    if kind == "hum":
        time = np.arange(n) / RATE
        base = rng.choice([50.0, 60.0])
        parts = [rng.random() / k * np.sin(2 * np.pi * base * k * time) for k in range(1, 8)]
        return np.asarray(np.sum(parts, 0), np.float32)
    if kind == "babble":  # the voice itself, turned round and moved, is speech that says nothing
        turned = [np.roll(voice[::-1], int(rng.integers(n))) for _ in range(4)]
        return np.asarray(np.sum(turned, 0), np.float32)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    tilt = np.maximum(np.arange(len(spectrum)), 1.0) ** _TILT[kind]
    return np.fft.irfft(spectrum * tilt, n).astype(np.float32)


def played(sound: Samples, times: float) -> Samples:
    """The sound so many times as fast and as high, as from a tape."""
    changed: Samples = soxr.resample(sound, RATE * times, RATE)
    return changed.astype(np.float32)


def _faster(sound: Samples, rng: np.random.Generator) -> Samples:
    return played(sound, rng.uniform(0.9, 1.1))


def _in_a_room(sound: Samples, rng: np.random.Generator) -> Samples:
    """Echoes that die away within a tenth to half a second."""
    length = int(RATE * rng.uniform(0.1, 0.5))
    decay = np.exp(-6.9 * np.arange(length) / length)  # to -60 dB
    echoes = rng.standard_normal(length) * decay * rng.uniform(0.05, 0.3)
    echoes[: int(RATE * 0.002)] = 0
    echoes[0] = 1
    whole = len(sound) + length
    room = np.fft.irfft(np.fft.rfft(sound, whole) * np.fft.rfft(echoes, whole), whole)
    return room[: len(sound)].astype(np.float32)


def _narrow(sound: Samples, rng: np.random.Generator) -> Samples:
    """A telephone's band, or a cheap microphone's."""
    low, high = rng.uniform(50, 350), rng.uniform(3000, 7000)
    spectrum = np.fft.rfft(sound)
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(frequencies < low) | (frequencies > high)] *= 0.05
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


def _clipped(sound: Samples, rng: np.random.Generator) -> Samples:
    most = np.abs(sound).max(initial=0.0) * rng.uniform(0.3, 0.8)
    return np.clip(sound, -most, most).astype(np.float32)


def _between_silences(sound: Samples, rng: np.random.Generator) -> Samples:
    before, after = (np.zeros(int(RATE * rng.uniform(0, 0.4)), np.float32) for _ in range(2))
    return np.concatenate([before, sound, after])


def _coded(sound: Samples, rng: np.random.Generator) -> Samples:
    """There and back through a codec that loses something."""
    kind, subtype = _CODECS[int(rng.integers(len(_CODECS)))]
    file = io.BytesIO()
    soundfile.write(file, at_level(sound, -3), RATE, format=kind, subtype=subtype)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return np.asarray(decoded, np.float32)


_CODECS = (
    ("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("WAV", "GSM610"), ("OGG", "VORBIS"),
    ("MP3", "MPEG_LAYER_III"),
)  # fmt: skip
_EFFECTS: tuple[tuple[float, Callable[[Samples, np.random.Generator], Samples]], ...] = (
    (0.4, _faster),
    (0.3, _in_a_room),
    (0.25, _narrow),
    (0.05, _clipped),
)
_NOISY, _CODED = 0.5, 0.15
