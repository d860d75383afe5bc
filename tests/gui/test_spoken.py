"""The logic of questions that were spoken, without a window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.chat.controller import ChatController
from app.chat.conversation import TurnState
from app.engine_state import EngineState, Phase
from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.types import (
    Answer,
    AudioPart,
    Finished,
    ImagePart,
    Message,
    RegionPart,
    TextDelta,
    TextPart,
)
from tests.support.recording import (
    HEARING,
    READY,
    RecordingEngine,
    RecordingJournal,
    RecordingListener,
    answer,
)

CAT, SAID, MORE = Path("cat.jpg"), Path("said.wav"), Path("more.wav")


@pytest.fixture
def spoken(chat: ChatController) -> ChatController:
    """A conversation with a model that hears, about a picture."""
    chat.engine_changed(HEARING)
    chat.set_picture(CAT)
    return chat


def test_what_was_said_goes_between_the_picture_and_the_region(
    spoken: ChatController, engine: RecordingEngine
) -> None:
    region = Box(0.1, 0.1, 0.2, 0.2)
    spoken.ask("refer", "", region=region, clips=(SAID, MORE))
    parts = (ImagePart(CAT), AudioPart(SAID), AudioPart(MORE), RegionPart(region), TextPart(""))
    assert engine.requests[0].messages == (Message("user", parts, "refer"),)


def test_earlier_recordings_go_along(spoken: ChatController, engine: RecordingEngine) -> None:
    spoken.ask("chat", "", clips=(SAID,))
    answer(spoken, "a cat")
    spoken.ask("chat", "and now?")
    first, _, second = engine.requests[1].messages
    assert first.parts == (ImagePart(CAT), AudioPart(SAID), TextPart(""))
    assert second.parts == (TextPart("and now?"),)


def test_only_the_words_go_where_they_were_written_down(
    spoken: ChatController, engine: RecordingEngine
) -> None:
    turn = spoken.ask("chat", "what is it", clips=(SAID,), transcribed=True)
    assert engine.requests[0].messages[0].parts == (ImagePart(CAT), TextPart("what is it"))
    assert (turn.clips, turn.spoken) == ((SAID,), False)


def test_a_model_that_does_not_hear_gets_what_was_heard(
    spoken: ChatController, engine: RecordingEngine
) -> None:
    first = spoken.ask("chat", "please", clips=(SAID,))
    answer(spoken, "a cat")
    spoken.ask("chat", "", clips=(MORE,))
    answer(spoken, "a dog")
    first.heard[SAID] = "what is it"
    spoken.engine_changed(EngineState(Phase.LOADING))
    spoken.engine_changed(READY)
    spoken.ask("chat", "and now?")
    asked = [message.parts[-1] for message in engine.requests[-1].messages[::2]]
    assert asked == [TextPart("what is it please"), TextPart("(spoken)"), TextPart("and now?")]
    assert not any(isinstance(p, AudioPart) for m in engine.requests[-1].messages for p in m.parts)


def test_one_that_waited_for_a_model_that_does_not_hear_is_not_sent(
    chat: ChatController, engine: RecordingEngine
) -> None:
    chat.engine_changed(EngineState(Phase.LOADING))
    turn = chat.ask("chat", "", clips=(SAID,))
    assert turn.state is TurnState.WAITING
    chat.engine_changed(READY)
    assert (turn.state, engine.requests) == (TurnState.FAILED, [])
    assert turn.notes[0].startswith("Not sent: this model does not hear")


@pytest.mark.parametrize(
    ("task", "words", "transcribed", "sentence"),
    [
        ("transcribe", "", False, "This needs something said: record it, or drop a sound file."),
        ("chat", "", True, "There is nothing to send yet. Ask anything."),
    ],
)
def test_what_cannot_be_sent_is_said(
    spoken: ChatController, task: str, words: str, transcribed: bool, sentence: str
) -> None:
    clips = () if task == "transcribe" else (SAID,)
    with pytest.raises(InputError) as refused:
        spoken.ask(task, words, clips=clips, transcribed=transcribed)
    assert str(refused.value) == sentence


def test_while_one_speaks_the_engine_listens(
    spoken: ChatController, engine: RecordingEngine
) -> None:
    growing = AudioPart(Path("now.wav"), growing=True)
    spoken.hear(growing.path, (SAID,))
    assert engine.prepared[-1] == (Message("user", (ImagePart(CAT), AudioPart(SAID), growing)),)
    spoken.ask("chat", "", clips=(SAID,))
    before = len(engine.prepared)
    spoken.hear(growing.path)
    assert len(engine.prepared) == before  # it answers
    answer(spoken, "a cat")
    spoken.hear(growing.path)
    assert engine.prepared[-1][-1] == Message("user", (growing,))
    spoken.engine_changed(READY)
    before = len(engine.prepared)
    spoken.hear(growing.path)
    assert len(engine.prepared) == before  # it does not hear


def test_the_same_question_once_more_has_the_same_recording(
    spoken: ChatController, engine: RecordingEngine
) -> None:
    turn = spoken.ask("chat", "", clips=(SAID,))
    answer(spoken, "a cat")
    same = spoken.ask_beside(turn, "chat", "", clips=(SAID,))
    answer(spoken, "a dog")
    other = spoken.ask_beside(same, "chat", "", clips=(MORE,))
    assert (same.tries, other.tries) == (1, 0)


def test_what_was_heard_is_shown_and_kept(
    spoken: ChatController,
    engine: RecordingEngine,
    listener: RecordingListener,
    journal: RecordingJournal,
) -> None:
    turn = spoken.ask("chat", "", clips=(SAID,))
    with pytest.raises(InputError, match="still being written"):
        spoken.show_heard(turn)
    answer(spoken, "a cat")
    for words in ("where is the cat", "where is the mat"):
        spoken.show_heard(turn)
        spoken.show_heard(turn)  # it is asked once
        name = engine.requests[-1].id
        spoken.engine_event(TextDelta(name, words))
        spoken.engine_event(Finished(name, Answer(words, words)))
        assert turn.heard == {SAID: words}
    assert len(engine.requests) == 3
    assert (spoken.turns, turn.answer.text, listener.text) == ([turn], "a cat", "a cat")
    assert listener.heard[:2] == ["True []", "False ['where is the cat']"]
    assert journal.written[-1] == "heard ['where is the mat']"


def test_a_model_that_can_not_say_what_it_heard_is_told(
    spoken: ChatController, engine: RecordingEngine, listener: RecordingListener
) -> None:
    turn = spoken.ask("chat", "", clips=(SAID,))
    answer(spoken, "a cat")
    spoken.show_heard(turn)
    failed = Answer("", "", finish="error", error="The engine ended.")
    spoken.engine_event(Finished(engine.requests[-1].id, failed))
    assert (listener.heard[-1], turn.heard, turn.listening) == ("The engine ended.", {}, False)


def test_without_a_task_of_its_own_there_is_no_ear(
    chat: ChatController, engine: RecordingEngine
) -> None:
    assert (chat.ready, chat.hears) == (True, False)
    chat.engine_changed(replace(HEARING, phase=Phase.LOADING, info=None))
    assert (chat.ready, chat.hears) == (False, False)
