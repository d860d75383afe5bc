"""Corrections as labels: what was spoken is asked in the words that were heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.export.training_set import labels, write_training_set
from app.store.attachments import Attachments
from app.store.records import Correction, StoredClip
from tests.support.picture_files import corners
from tests.unit.app.store.conftest import turn

SPOKEN = replace(
    turn("a", "", clips=(StoredClip("1.wav", "which animal"),), picture="a.png"),
    task="vqa",
    correction=Correction("a cat"),
)


def test_a_spoken_question_is_asked_in_the_words_that_were_heard() -> None:
    label = labels([SPOKEN])
    assert label["asked"][0]["words"] == "which animal"
    assert label["qa"] == [{"question": "which animal", "answer": "a cat"}]


def test_one_that_nobody_had_written_down_is_left_out(tmp_path: Path) -> None:
    attachments = Attachments(tmp_path)
    unheard = replace(SPOKEN, picture="b.png", clips=(StoredClip("1.wav"),))
    for name in ("a.png", "b.png"):
        corners().save(tmp_path / name)
    target = tmp_path / "corrections-000.tar"
    assert write_training_set([unheard], attachments, target) == 0
    assert not target.exists()
    assert write_training_set([unheard, SPOKEN], attachments, target) == 1
