"""Any file of sound -> 16 kHz mono, and Whisper's log-mel against transformers' own."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from engine.errors import InputError
from engine.media.audio import HOP, RATE, is_silent, log_mel, read_audio, read_growing
from tests.support.sound_files import ODD, REFUSED, cut, save, say_length, tone


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_heard_is_one_sentence(tmp_path: Path, name: str) -> None:
    make, told = REFUSED[name]
    make(tmp_path / name)
    with pytest.raises(InputError) as caught:
        read_audio(tmp_path / name)
    sentence = str(caught.value)
    assert name in sentence and told in sentence
    assert sentence.endswith(".") and "\n" not in sentence


@pytest.mark.parametrize("name", ODD)
def test_odd_recordings_are_heard_as_the_tone_that_they_hold(tmp_path: Path, name: str) -> None:
    ODD[name](tmp_path / name)
    samples = read_audio(tmp_path / name)
    assert samples.dtype == np.float32 and samples.ndim == 1
    assert len(samples) == pytest.approx(2 * RATE, abs=60)
    wanted = tone()[: len(samples), 0]
    likeness = np.corrcoef(samples[: len(wanted)], wanted)[0, 1]
    assert likeness > 0.98
    assert np.abs(samples).max() <= 1


@pytest.mark.parametrize("name", ["whole.flac", "whole.mp3"])
def test_of_a_file_that_lacks_its_end_the_rest_is_heard(tmp_path: Path, name: str) -> None:
    whole = read_audio(save(tmp_path / name, tone(4)))
    rest = read_audio(cut(tmp_path / name, 0.8))
    assert 0.5 * len(whole) < len(rest) < len(whole)
    end = len(rest) - RATE // 2  # a codec's last pieces lack what would have come behind them
    assert np.allclose(rest[:end], whole[:end], atol=1e-3)


def test_a_model_may_take_less(tmp_path: Path) -> None:
    path = save(tmp_path / "long.flac", tone(3))
    with pytest.raises(InputError, match=r"long\.flac is 3 seconds long; at most 2 seconds can"):
        read_audio(path, longest_s=2)
    assert len(read_audio(path, longest_s=3)) == 3 * RATE


def test_an_hour_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    REFUSED["hour.wav"][0](tmp_path / "hour.wav")
    begun = perf_counter()
    with pytest.raises(InputError):
        read_audio(tmp_path / "hour.wav")
    assert perf_counter() - begun < 0.5


def test_the_channels_are_mixed(tmp_path: Path) -> None:
    both = tone(1, channels=2)
    both[:, 1] = 0
    samples = read_audio(save(tmp_path / "left.wav", both))
    assert np.allclose(samples, both[:, 0] / 2, atol=1e-4)


@pytest.mark.parametrize("size", [0, 100, 0xFFFFFFFF, None])
def test_a_growing_file_is_what_is_there(tmp_path: Path, size: int | None) -> None:
    path = save(tmp_path / "growing.wav", tone(1))
    whole = read_audio(path)
    if size is not None:
        say_length(path, size)
    assert np.array_equal(read_growing(path), whole)
    path.write_bytes(path.read_bytes()[:-1001])  # in the middle of a sample
    assert np.array_equal(read_growing(path), whole[: RATE - 501])
    for start in (0, 20, 44):
        path.write_bytes(path.read_bytes()[:start])
        assert len(read_growing(path)) == 0


def test_a_growing_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.wav"):
        read_growing(tmp_path / "absent.wav")


def test_silence() -> None:
    assert is_silent(np.zeros(RATE, np.float32))
    assert is_silent(np.full(RATE, 0.0005, np.float32))
    assert is_silent(np.empty(0, np.float32))
    assert not is_silent(tone()[:, 0] * 0.1)


@pytest.mark.parametrize("n_mels", [80, 128])
@pytest.mark.parametrize("length", [1600, 16_001, 79_999, 480_000])
@pytest.mark.parametrize("filled", [False, True])
def test_the_log_mel_is_whispers(n_mels: int, length: int, filled: bool) -> None:
    from transformers import WhisperFeatureExtractor

    random = np.random.default_rng(length)
    swelling = np.abs(np.sin(np.arange(length) / 3000))
    samples = (random.standard_normal(length) * 0.1 * swelling).astype(np.float32)
    extract = WhisperFeatureExtractor(feature_size=n_mels)
    padding = "max_length" if filled else False
    theirs = extract(samples, sampling_rate=RATE, padding=padding, return_tensors="np")
    ours = log_mel(np.pad(samples, (0, 480_000 - length)) if filled else samples, n_mels=n_mels)
    assert ours.shape == (n_mels, 3000 if filled else length // HOP)
    assert ours.dtype == np.float32 and ours.flags.c_contiguous
    assert np.abs(ours - theirs.input_features[0]).max() < 1e-4
