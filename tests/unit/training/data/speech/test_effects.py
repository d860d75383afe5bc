from __future__ import annotations

import numpy as np
import pytest

from engine.media.audio import RATE, Samples
from training.data.speech.effects import (
    KINDS,
    Kind,
    Noise,
    at_level,
    noise_alone,
    with_noise,
    worsened,
)


@pytest.fixture
def voice() -> Samples:
    time = np.arange(RATE) / RATE
    return (0.3 * np.sin(2 * np.pi * 220 * time) * np.sin(2 * np.pi * 2 * time)).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("snr_db", [0.0, 10.0, 30.0])
def test_noise_is_as_loud_as_was_asked(voice: Samples, kind: Kind, snr_db: float) -> None:
    noisy = with_noise(voice, Noise(kind, snr_db), np.random.default_rng(1))
    noise = noisy.astype(np.float64) - voice
    found = 10 * np.log10(np.square(voice, dtype=np.float64).sum() / np.square(noise).sum())
    assert found == pytest.approx(snr_db, abs=0.1)
    assert noisy.dtype == np.float32 and noisy.shape == voice.shape


def test_silence_stays_silence() -> None:
    quiet = np.zeros(RATE, np.float32)
    assert not with_noise(quiet, Noise("pink", 10), np.random.default_rng(0)).any()
    assert not at_level(quiet, -3).any()


def test_the_peak_is_where_it_is_put(voice: Samples) -> None:
    assert np.abs(at_level(voice, -6)).max() == pytest.approx(10 ** (-6 / 20), rel=1e-5)


def test_whatever_happens_to_a_voice_it_stays_a_sound(voice: Samples) -> None:
    lengths = set()
    for seed in range(60):
        sound = worsened(voice, np.random.default_rng(seed))
        assert sound.dtype == np.float32 and sound.ndim == 1
        assert np.isfinite(sound).all()
        assert 0 < np.abs(sound).max() <= 1
        lengths.add(len(sound))
    assert len(lengths) > 10


def test_the_same_chance_gives_the_same_sound(voice: Samples) -> None:
    for seed in range(10):
        once, again = (worsened(voice, np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(once, again)


def test_a_recording_in_which_nobody_speaks() -> None:
    sounds = [noise_alone(np.random.default_rng(seed)) for seed in range(20)]
    assert all(0.3 * RATE <= len(sound) <= 4 * RATE for sound in sounds)
    assert all(sound.dtype == np.float32 and 0 < np.abs(sound).max() < 1 for sound in sounds)
    assert np.array_equal(sounds[3], noise_alone(np.random.default_rng(3)))
