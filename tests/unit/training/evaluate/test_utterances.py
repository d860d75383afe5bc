from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from training.data.plain import plain_questions
from training.data.speech.synthesis import can_speak
from training.data.speech.voices import ESPEAK_TRAIN, EVAL_VOICES, RECORDED_TRAIN
from training.errors import DataError
from training.evaluate import utterances
from training.evaluate.material import EvaluateConfig, Material
from training.evaluate.utterances import (
    check_voices,
    made,
    of_corpus,
    save,
    sentences,
    voice_for,
)
from training.evaluate.word_errors import normalized

ALL_SPEAK = all(can_speak(voice) for voice in EVAL_VOICES)


def test_sentences_are_of_three_kinds_in_turn(config: EvaluateConfig) -> None:
    found = sentences(Material.open(config), n=6, seed=0)
    assert len({normalized(text) for text in found}) == len(found) == 6
    assert "A dog runs ." in found  # the caption of both photographs, once
    plain = set(plain_questions(measured=True))
    assert 2 <= len(plain & set(found)) <= 4
    assert found == sentences(Material.open(config), n=6, seed=0)


def test_every_voice_is_one_that_no_training_hears() -> None:
    voices = {voice_for(str(number)) for number in range(200)}
    assert voices == set(EVAL_VOICES)
    assert voices.isdisjoint((*ESPEAK_TRAIN, *RECORDED_TRAIN))


@pytest.mark.usefixtures("no_synthesizer")
def test_noise_changes_the_sound_and_not_the_voice() -> None:
    (clean,), (noisy,) = (list(made(["the red dog"], snr_db=snr)) for snr in (None, 10.0))
    assert (clean.text, clean.voice, clean.key) == (noisy.text, noisy.voice, noisy.key)
    assert len(noisy.open()) < len(clean.open())


def test_a_voice_that_speaks_as_another_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utterances, "say", lambda text, voice: np.ones(len(text), np.float32))
    with pytest.raises(DataError, match="flite:slt speaks as flite:kal does"):
        check_voices()


@pytest.mark.skipif(not ALL_SPEAK, reason="espeak-ng, flite and festival are not all installed")
def test_the_voices_can_be_heard() -> None:
    check_voices()
    (clean,), (noisy,) = (list(made(["the red dog"], snr_db=snr)) for snr in (None, 10.0))
    one, other = clean.open(), noisy.open()
    assert len(one) == len(other) > 8000
    assert not np.allclose(one, other)
    assert np.array_equal(other, noisy.open())


def test_a_corpus_is_heard_all_over(tmp_path: Path) -> None:
    folder = tmp_path / "1" / "2"
    folder.mkdir(parents=True)
    keys = [f"1-2-{number:04}" for number in range(20)]
    for key in keys:
        (folder / f"{key}.flac").touch()
    lines = [f"{key} {'?' if key.endswith('7') else 'A WORD'}\n" for key in keys]
    (folder / "1-2.trans.txt").write_text("".join(lines))
    found = [utterance.key for utterance in of_corpus("librispeech", tmp_path, n=4)]
    assert len(found) == 4
    assert sorted(found) != keys[:4]
    assert found == [utterance.key for utterance in of_corpus("librispeech", tmp_path, n=4)]
    assert len(list(of_corpus("librispeech", tmp_path, n=100))) == 18
    (folder / f"{keys[5]}.flac").unlink()
    with pytest.raises(DataError, match="line 6"):
        list(of_corpus("librispeech", tmp_path, n=4))


def test_clips_are_files_as_a_microphone_gives_them(tmp_path: Path) -> None:
    save(np.array([0.5, -0.25], np.float32), tmp_path / "a.wav")
    facts = soundfile.info(tmp_path / "a.wav")
    assert (facts.samplerate, facts.channels, facts.subtype) == (16_000, 1, "PCM_16")
    assert soundfile.read(tmp_path / "a.wav")[0] == pytest.approx([0.5, -0.25])
