from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.media.audio import RATE
from tests.unit.training.data.speech.conftest import Record
from training.data.speech.llasm import read_llasm
from training.errors import DataError

SLOT = "<au_start>" + 64 * "<au_patch>" + "<au_end>"


def conversation(*turns: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {**keys, "conversations": list(turns)}


def human(**keys: Any) -> dict[str, Any]:
    return {"from": "human", **keys}


def gpt(value: str) -> dict[str, Any]:
    return {"from": "gpt", "value": value}


@pytest.fixture
def corpus(tmp_path: Path, record: Record) -> Path:
    for number in range(4):
        record(tmp_path / "audio" / f"{number}.wav")
    (tmp_path / "audio" / "2.txt").write_text("Give three tips \nfor staying healthy.\n")
    english = [
        conversation(
            human(audio="audio/0.wav", value=f"{SLOT} What is rain?", voice="Jenny"),
            gpt("Water."),
            human(audio="audio/1.wav", value="And snow?"),
            gpt("Cold water."),
            id="w1",
            instruction="You are a helpful language and speech assistant.",
        ),
        conversation(human(value="Hello."), gpt("Hello!"), human(audio="audio/2.wav")),
    ]
    (tmp_path / "english.json").write_text(json.dumps(english))
    chinese = conversation(human(audio="audio/3.wav", value=SLOT), gpt("水。"), id=7)
    (tmp_path / "chinese.jsonl").write_text(json.dumps(chinese, ensure_ascii=False) + "\n")
    return tmp_path


def test_spoken_turns_come_with_the_answer_to_the_first(corpus: Path) -> None:
    found = [(u.key, u.text, u.voice, u.answer) for u in read_llasm(corpus)]
    assert found == [
        ("7:0", "", "synthesizer", "水。"),
        ("w1:0", "What is rain?", "Jenny", "Water."),
        ("w1:2", "And snow?", "synthesizer", None),
        ("english-1:2", "Give three tips for staying healthy.", "synthesizer", None),
    ]
    assert len(list(read_llasm(corpus / "english.json"))) == 3
    assert len(next(read_llasm(corpus)).open()) == RATE / 2


def test_a_missing_recording_is_named(corpus: Path) -> None:
    (corpus / "audio" / "3.wav").unlink()
    with pytest.raises(DataError, match=r"chinese\.jsonl, line 1: .*3\.wav is missing"):
        list(read_llasm(corpus))


@pytest.mark.parametrize(
    ("record_", "wrong"),
    [
        ({"turns": []}, "no list of turns"),
        ([], "no list of turns"),
        (conversation(), "no list of turns"),
        (conversation({"from": "robot", "value": "beep"}), r"turn 1: \"from\" is neither"),
        (conversation(human(value="a"), {"from": "gpt"}), r"turn 2: 'value' is no text: None"),
        (conversation(human(audio=3)), r"turn 1: 'audio' is no text: 3"),
        (conversation(human(audio="audio/0.wav", value=3)), r"turn 1: 'value' is no text: 3"),
    ],
)
def test_a_damaged_conversation_is_named(corpus: Path, record_: object, wrong: str) -> None:
    with (corpus / "chinese.jsonl").open("a") as file:
        file.write(json.dumps(record_) + "\n")
    with pytest.raises(DataError, match=rf"chinese\.jsonl, line 2: .*{wrong}"):
        list(read_llasm(corpus))
