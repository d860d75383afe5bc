"""The words of recordings: one after the other, from the model or from the engine's Whisper."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.chat.hearing import Hearing
from engine.protocol import Transcribed
from engine.types import Answer, AudioPart, Finished, Message, Notice, TextDelta, TextPart
from tests.support.recording import RecordingEngine

ONE, TWO = Path("one.wav"), Path("two.wav")
Told = list[tuple[dict[Path, str], str]]


@pytest.fixture
def engine() -> RecordingEngine:
    return RecordingEngine()


def _asked(engine: RecordingEngine, *clips: Path, by_model: bool) -> tuple[Hearing, Told]:
    hearing, told = Hearing(engine), Told()
    hearing.ask(clips, lambda heard, error: told.append((dict(heard), error)), by_model=by_model)
    return hearing, told


def test_the_model_is_asked_for_a_transcript_of_each(engine: RecordingEngine) -> None:
    hearing, told = _asked(engine, ONE, TWO, by_model=True)
    assert len(engine.requests) == 1
    said = Message("user", (AudioPart(ONE), TextPart("")), "transcribe")
    assert engine.requests[0].messages == (said,)
    for number, text in enumerate((" where is\n the mug ", "")):
        name = engine.requests[number].id
        assert hearing.event(TextDelta(name, text))
        assert hearing.event(Notice(name, "A sentence."))
        assert told == []
        assert hearing.event(Finished(name, Answer(text, text)))
    assert told == [({ONE: "where is the mug", TWO: ""}, "")]
    assert (len(engine.requests), engine.transcribed) == (2, [])
    assert not hearing.event(TextDelta(engine.requests[1].id, "late"))


def test_whisper_is_asked_where_the_model_does_not_hear(engine: RecordingEngine) -> None:
    hearing, told = _asked(engine, ONE, by_model=False)
    [(name, path)] = engine.transcribed
    assert (path, engine.requests) == (ONE, [])
    assert not hearing.event(Transcribed("another", "no"))
    assert hearing.event(Transcribed(name, "hello"))
    assert told == [({ONE: "hello"}, "")]


def test_what_was_heard_before_an_error_is_told_with_it(engine: RecordingEngine) -> None:
    hearing, told = _asked(engine, ONE, TWO, by_model=False)
    hearing.event(Transcribed(engine.transcribed[0][0], "hello"))
    hearing.event(Transcribed(engine.transcribed[1][0], "", "two.wav is cut short."))
    assert told == [({ONE: "hello"}, "two.wav is cut short.")]


def test_a_model_that_fails_is_told(engine: RecordingEngine) -> None:
    hearing, told = _asked(engine, ONE, by_model=True)
    failed = Answer("", "", finish="error", error="It is too long.")
    hearing.event(Finished(engine.requests[0].id, failed))
    assert told == [({}, "It is too long.")]
