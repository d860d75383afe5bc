"""A microphone's sound as 16 kHz mono."""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt
import pytest

from app.voice.resampling import Resampler
from tests.support.speech import tone


def _resampled(sound: array[int], rate: int, channels: int, piece: int) -> npt.NDArray[np.int16]:
    resampler = Resampler(rate, channels)
    step = piece * channels
    taken = [resampler.take(sound[at : at + step].tobytes()) for at in range(0, len(sound), step)]
    return np.frombuffer(b"".join([*taken, resampler.rest()]), np.int16)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_any_rate_gives_the_same_tone(rate: int) -> None:
    heard = _resampled(tone(rate, 1.0, 440), rate, 1, rate // 20)
    wanted = np.array(tone(16_000, 1.0, 440), np.int16)
    assert abs(len(heard) - len(wanted)) <= 1
    inner = slice(400, 15_600)  # at its ends a tone that begins at once rings
    assert np.abs(heard[inner].astype(int) - wanted[inner]).max() < 100


def test_pieces_of_any_size_give_the_same(rng: np.random.Generator) -> None:
    sound = array("h", rng.integers(-20_000, 20_000, 2 * 9_000, np.int16).tobytes())
    whole = _resampled(sound, 44_100, 2, 9_000)
    assert np.array_equal(_resampled(sound, 44_100, 2, 1), whole)
    assert np.array_equal(_resampled(sound, 44_100, 2, 735), whole)


def test_channels_are_mixed_evenly() -> None:
    left, right = [1000] * 1600, [-3000] * 1600
    both = array("h", [value for pair in zip(left, right, strict=True) for value in pair])
    assert set(_resampled(both, 16_000, 2, 800)) == {-1000}


def test_the_loudest_is_cut_and_does_not_wrap_around() -> None:
    square = array("h", ([32_767] * 50 + [-32_768] * 50) * 100)
    heard = _resampled(square, 48_000, 1, 2400)
    assert heard.max() == 32_767 and heard.min() == -32_768
    high = heard[np.abs(heard) < 20_000]
    assert len(high) < len(heard) / 3


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
