from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from tests.unit.training.evaluate.conftest import Scripted
from training.evaluate.asking import Kept
from training.evaluate.benchmark import Reply
from training.evaluate.hearing import Slice, listen, transcriptions
from training.evaluate.material import EvaluateConfig, Material
from training.evaluate.utterances import made

pytestmark = pytest.mark.usefixtures("no_synthesizer")

TEXTS = ("where is the dog", "a red apple", "two cats")


def a_slice(tmp_path: Path, late: Callable[[], bool] = lambda: False) -> Slice:
    return Slice(kept=Kept.open(tmp_path / "replies.jsonl"), folder=tmp_path, late=late)


def test_both_hear_the_same_recordings(tmp_path: Path) -> None:
    engine = Scripted(deaf_to="dog")
    written = listen(engine, "clean", made(TEXTS, snr_db=None), a_slice(tmp_path))
    assert [each.said for each in written] == list(TEXTS)
    assert [each.own.text for each in written] == ["where is the what", *TEXTS[1:]]
    assert [each.whisper.text for each in written] == list(TEXTS)
    assert engine.asked == [None] * 3  # no word was typed
    assert list(tmp_path.glob("*.wav")) == []


def test_a_slice_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    engine = Scripted()
    turns = iter([False, True])
    first = listen(
        engine, "clean", made(TEXTS, snr_db=None), a_slice(tmp_path, lambda: next(turns))
    )
    assert len(first) == 1
    again = a_slice(tmp_path)
    written = listen(engine, "clean", made(TEXTS, snr_db=None), again)
    assert len(written) == 3
    assert engine.whispered == list(TEXTS)
    assert listen(engine, "clean", made(TEXTS, snr_db=None), again) == written
    assert len(engine.asked) == 3
    listen(engine, "noisy", made(TEXTS, snr_db=10.0), again)
    assert len(engine.asked) == 6


def test_a_row_for_each_set_and_each_of_the_two(config: EvaluateConfig, tmp_path: Path) -> None:
    config = dataclasses.replace(config, n=6)
    material = Material.open(config)
    rows = transcriptions(Scripted(), material, config, a_slice(tmp_path))
    assert [(row.name, row.pictures, row.aim) for row in rows] == [
        ("transcribe", "unseen voices", 0.1),
        ("transcribe: Whisper itself", "unseen voices", None),
        ("transcribe", "unseen voices, 10 dB noise", 0.25),
        ("transcribe: Whisper itself", "unseen voices, 10 dB noise", None),
    ]
    assert {(row.n, row.figure, row.at_most) for row in rows} == {(6, "word error rate", True)}
    assert [row.value for row in rows[:2]] == [0.0, 0.0]
    assert [row.reached for row in rows] == [True, None, rows[2].value <= 0.25, None]
    assert rows[2].value == rows[2].others["left out"] / rows[2].others["words"] > 0


def test_a_corpus_is_one_set_more(config: EvaluateConfig, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus" / "1" / "2"
    corpus.mkdir(parents=True)
    (utterance,) = made(["it was a dog"], snr_db=None)
    soundfile.write(corpus / "1-2-0000.flac", utterance.open(), 16_000, subtype="PCM_16")
    (corpus / "1-2.trans.txt").write_text("1-2-0000 IT WAS A DOG\n")
    config = dataclasses.replace(config, n=1, speech={"librispeech": tmp_path / "corpus"})
    material = Material.open(config)
    rows = transcriptions(Scripted(deaf_to="dog"), material, config, a_slice(tmp_path))
    own, whisper = rows[-2:]
    assert own.pictures == whisper.pictures == "librispeech"
    assert (own.value, whisper.value) == (0.25, 0.0)
    assert own.aim is None


def test_what_was_not_begun_has_no_row(config: EvaluateConfig, tmp_path: Path) -> None:
    material = Material.open(config)
    late = a_slice(tmp_path, lambda: True)
    assert transcriptions(Scripted(), material, config, late) == []


def test_an_answer_with_an_error_is_kept_as_one(tmp_path: Path) -> None:
    (written,) = listen(Scripted(), "clean", made(["an error"], snr_db=None), a_slice(tmp_path))
    assert written.own == Reply("", error="That is too long.")
    assert written.whisper == Reply("", error="That is too short.")
