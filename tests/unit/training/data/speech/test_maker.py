from __future__ import annotations

import numpy as np
import pytest

from engine.media.audio import RATE, Samples
from training.data.speech import maker, synthesis
from training.data.speech.effects import Noise
from training.data.speech.maker import say, some_voice, spoken
from training.data.speech.making import common_words
from training.data.speech.synthesis import can_speak, synthesize
from training.data.speech.voices import ESPEAK_TRAIN, EVAL_VOICES, RECORDED_TRAIN, Voice
from training.errors import DataError

ESPEAK = Voice("espeak-ng", "en-us")
TRAIN_VOICES = (*ESPEAK_TRAIN, *RECORDED_TRAIN)
needs_espeak = pytest.mark.skipif(not can_speak(ESPEAK), reason="espeak-ng is not installed")


def test_voices_of_evaluation_never_train() -> None:
    speakers = {voice.speaker.partition("+")[2] or voice.speaker for voice in TRAIN_VOICES}
    for voice in EVAL_VOICES:
        assert voice not in TRAIN_VOICES
        assert (voice.speaker.partition("+")[2] or voice.speaker) not in speakers
    assert len({voice.name for voice in TRAIN_VOICES}) == len(TRAIN_VOICES) > 300


@needs_espeak
def test_no_two_voices_are_the_same() -> None:
    """A synthesizer that lacks a voice speaks in another. Those of two accents stand for all."""
    accents = {v.speaker.partition("+")[0] for v in EVAL_VOICES if v.synthesizer == "espeak-ng"}
    said: dict[bytes, str] = {}
    for voice in (*ESPEAK_TRAIN, *EVAL_VOICES):
        if voice.speaker.partition("+")[0] not in accents:
            continue
        same = said.setdefault(synthesize("hello there", voice).tobytes(), voice.name)
        assert same == voice.name


@pytest.mark.skipif(not can_speak(RECORDED_TRAIN[-1]), reason="festival is not installed")
def test_a_voice_that_festival_lacks_is_not_another() -> None:
    nobody = Voice("festival", "nobody")
    assert not can_speak(nobody)
    with pytest.raises(DataError, match="voice_nobody; on Debian it is in festival festvox"):
        synthesize("hello", nobody)


def test_without_the_recorded_synthesizers_the_others_speak(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    monkeypatch.setattr(maker, "can_speak", lambda voice: True)
    drawn = [some_voice(rng) for _ in range(400)]
    assert set(RECORDED_TRAIN) <= set(drawn)
    monkeypatch.setattr(maker, "can_speak", lambda voice: voice.synthesizer == "espeak-ng")
    assert {some_voice(rng).synthesizer for _ in range(100)} == {"espeak-ng"}


def test_a_missing_synthesizer_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for voice in (ESPEAK, *RECORDED_TRAIN):
        with pytest.raises(DataError, match=f"install {voice.synthesizer}"):
            synthesize("hello", voice)
    assert not can_speak(ESPEAK)


def test_what_a_synthesizer_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        synthesis, "_espeak", lambda *_: ("sh", "-c", "echo no such voice >&2; false")
    )
    with pytest.raises(DataError, match="espeak-ng:en-us failed: no such voice"):
        synthesize("hello", ESPEAK)


@needs_espeak
def test_words_are_said_the_same_each_time() -> None:
    sound = say("where is the red apple", ESPEAK)
    assert sound.dtype == np.float32 and 1 < len(sound) / RATE < 4
    assert np.abs(sound).max() == pytest.approx(10 ** (-3 / 20), rel=1e-4)
    np.testing.assert_array_equal(sound, say("where is the red apple", ESPEAK))
    noisy = say("where is the red apple", ESPEAK, noise=Noise("pink", 10), seed=1)
    assert noisy.shape == sound.shape and not np.allclose(noisy, sound)
    slow = synthesize("where is the red apple", ESPEAK, speed=0.8)
    assert len(slow) > 1.1 * len(sound)


@needs_espeak
def test_an_utterance_is_a_function_of_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "can_speak", lambda voice: voice.synthesizer == "espeak-ng")
    one, voice = spoken("hello there", 7)
    again, same = spoken("hello there", 7)
    np.testing.assert_allclose(one, again, atol=1e-5)  # last digits hang on where arrays lie
    assert voice == same and voice in TRAIN_VOICES


def test_recorded_voices_come_in_many_sizes_at_a_usual_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each synthesizer hums at 200 Hz for a second, or as much less as it is told to be faster."""

    def hum(text: str, voice: Voice, *, speed: float, pitch: float) -> Samples:
        time = np.arange(int(RATE / speed)) / RATE
        return np.sin(2 * np.pi * 200 * time).astype(np.float32)

    monkeypatch.setattr(maker, "synthesize", hum)
    monkeypatch.setattr(maker, "worsened", lambda sound, rng: sound)
    monkeypatch.setattr(maker, "can_speak", lambda voice: True)
    heights: dict[bool, list[float]] = {True: [], False: []}
    for number in range(120):
        sound, voice = spoken("hm", number)
        assert RATE / 1.31 < len(sound) < RATE / 0.79
        height = int(np.abs(np.fft.rfft(sound)).argmax()) * RATE / len(sound)
        heights[voice in RECORDED_TRAIN].append(height)
    assert set(np.round(heights[False], -1)) == {200}
    assert min(heights[True]) < 185 and max(heights[True]) > 270
    assert 0.1 < np.isclose(heights[True], 200, atol=1.5).mean() < 0.6


@needs_espeak
def test_what_can_not_be_said_is_refused() -> None:
    with pytest.raises(DataError, match="said nothing"):
        synthesize(" ", ESPEAK)


def test_common_words_are_whole_words() -> None:
    vocabulary = {"Ġdog": 5, "dog": 1, "Ġ": 2, "Ġa": 3, "ĠDog": 4, "Ġcat": 0, "Ġrare": 20_000}
    assert common_words(vocabulary) == ["cat", "dog"]
