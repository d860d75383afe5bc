"""The logic of a conversation, without a window: a recording engine and a recording listener."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.chat.controller import ChatController
from app.chat.conversation import Turn, TurnState
from app.engine_state import EngineState, Phase
from app.store.records import Correction
from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS
from engine.types import (
    Answer,
    BoxFound,
    Finished,
    GroundedBox,
    ImagePart,
    Message,
    Notice,
    Progress,
    RegionPart,
    TextDelta,
    TextPart,
)
from tests.support.recording import (
    INFO,
    READY,
    RecordingEngine,
    RecordingJournal,
    RecordingListener,
    answer,
)

CAT, DOG = Path("cat.jpg"), Path("dog.jpg")


def test_the_picture_goes_with_the_first_question_only(
    chat: ChatController, engine: RecordingEngine
) -> None:
    chat.set_picture(CAT)
    chat.ask("caption", "")
    answer(chat, "a cat", raw="<p>a cat</p> {<1><2><3><4>}")
    chat.ask("chat", "which colour?")
    assert engine.requests[1].messages == (
        Message("user", (ImagePart(CAT), TextPart("")), "caption"),
        Message("assistant", (TextPart("<p>a cat</p> {<1><2><3><4>}"),)),
        Message("user", (TextPart("which colour?"),), "chat"),
    )


def test_another_picture_goes_with_the_question_about_it(
    chat: ChatController, engine: RecordingEngine
) -> None:
    for picture in (CAT, DOG, CAT):
        chat.set_picture(picture)
        chat.ask("caption", "")
        answer(chat, "an animal")
    told = [part for message in engine.requests[-1].messages for part in message.parts]
    assert [part.path for part in told if isinstance(part, ImagePart)] == [CAT, DOG, CAT]


def test_a_box_is_on_the_picture_of_its_number(chat: ChatController) -> None:
    chat.set_picture(CAT)
    chat.ask("caption", "")
    answer(chat, "a cat")
    chat.set_picture(DOG)
    turn = chat.ask("refer", "the other animal")
    chat.engine_event(BoxFound(turn.id, GroundedBox(Box(0, 0, 1, 1), image=0)))
    assert chat.picture_of(turn) == CAT
    assert turn.picture == DOG


def test_a_dropped_picture_is_prepared(chat: ChatController, engine: RecordingEngine) -> None:
    chat.set_picture(CAT)
    assert engine.prepared == [(Message("user", (ImagePart(CAT),)),)]


def test_a_picture_dropped_early_is_prepared_when_the_engine_is_ready(
    engine: RecordingEngine, listener: RecordingListener
) -> None:
    chat = ChatController(engine, listener, RecordingJournal(), TASKS)
    chat.set_picture(CAT)
    assert engine.prepared == []
    chat.engine_changed(READY)
    assert len(engine.prepared) == 1


def test_an_early_question_waits_and_is_sent_when_ready(
    engine: RecordingEngine, listener: RecordingListener
) -> None:
    chat = ChatController(engine, listener, RecordingJournal(), TASKS)
    turn = chat.ask("chat", "hello")
    assert (turn.state, engine.requests) == (TurnState.WAITING, [])
    chat.engine_changed(READY)
    assert turn.state is TurnState.RUNNING
    assert [request.id for request in engine.requests] == [turn.id]


@pytest.mark.parametrize(
    ("task", "words", "sentence"),
    [
        ("chat", "  ", "There is nothing to send yet. Ask anything."),
        ("refer", "", "There is nothing to send yet. Say what to point at."),
        ("refer", "the dog", "This needs a picture: drop, paste or open one first."),
    ],
)
def test_what_cannot_be_sent_is_said(
    chat: ChatController, engine: RecordingEngine, task: str, words: str, sentence: str
) -> None:
    with pytest.raises(InputError) as refused:
        chat.ask(task, words)
    assert str(refused.value) == sentence
    assert (chat.turns, engine.requests) == ([], [])


def test_a_second_question_is_refused_while_one_is_open(chat: ChatController) -> None:
    chat.ask("chat", "one")
    with pytest.raises(InputError, match="still being written"):
        chat.ask("chat", "two")


def test_stop_keeps_what_came_and_drops_what_comes_late(
    chat: ChatController, engine: RecordingEngine, listener: RecordingListener
) -> None:
    turn = chat.ask("chat", "tell me")
    chat.engine_event(TextDelta(turn.id, "Once "))
    chat.stop()
    chat.engine_event(TextDelta(turn.id, "upon"))
    chat.engine_event(Finished(turn.id, Answer("Once upon", "Once upon")))
    assert engine.cancelled == [turn.id]
    assert (turn.state, turn.answer.text, listener.text) == (TurnState.STOPPED, "Once ", "Once ")


def test_a_waiting_question_can_be_stopped(
    engine: RecordingEngine, listener: RecordingListener
) -> None:
    chat = ChatController(engine, listener, RecordingJournal(), TASKS)
    turn = chat.ask("chat", "hello")
    chat.stop()
    chat.engine_changed(READY)
    assert (turn.state, engine.requests, engine.cancelled) == (TurnState.STOPPED, [], [])


def test_a_lost_engine_cuts_the_answer_off_and_the_conversation_goes_on(
    chat: ChatController, engine: RecordingEngine
) -> None:
    turn = chat.ask("chat", "tell me")
    chat.engine_event(TextDelta(turn.id, "Once"))
    lost = Answer("Once", "Once", finish="error", error="The engine was killed.")
    chat.engine_event(Finished(turn.id, lost))
    chat.engine_changed(EngineState(Phase.LOADING, "The engine was killed.", restarted=True))
    assert (turn.state, turn.notes) == (TurnState.CUT_OFF, ["The engine was killed."])
    chat.ask("chat", "go on")
    chat.engine_changed(EngineState(Phase.READY, restarted=True))
    told = [part for message in engine.requests[-1].messages for part in message.parts]
    assert told == [TextPart("tell me"), TextPart("Once"), TextPart("go on")]


def test_a_question_after_stop_waits_until_the_engine_is_done_with_the_old_one(
    chat: ChatController, engine: RecordingEngine
) -> None:
    first = chat.ask("chat", "one")
    chat.stop()
    second = chat.ask("chat", "two")
    assert [request.id for request in engine.requests] == [first.id]
    cancelled = Answer("Well", "Well", finish="cancelled")
    chat.engine_event(Finished(first.id, cancelled))
    assert [request.id for request in engine.requests] == [first.id, second.id]
    assert first.raw == "Well"


def test_nothing_is_prepared_unasked_after_a_crash(
    chat: ChatController, engine: RecordingEngine
) -> None:
    chat.set_picture(CAT)
    chat.engine_changed(EngineState(Phase.LOADING, "It crashed.", restarted=True))
    chat.engine_changed(EngineState(Phase.READY, restarted=True))
    assert len(engine.prepared) == 1


def test_a_failed_start_fails_the_waiting_question(
    engine: RecordingEngine, listener: RecordingListener
) -> None:
    chat = ChatController(engine, listener, RecordingJournal(), TASKS)
    turn = chat.ask("chat", "hello")
    chat.engine_changed(EngineState(Phase.FAILED, "There is no model."))
    assert (turn.state, turn.notes) == (
        TurnState.FAILED,
        ["Not sent: the engine could not start."],
    )


def test_a_failed_question_is_not_told_again(chat: ChatController, engine: RecordingEngine) -> None:
    chat.set_picture(CAT)
    turn = chat.ask("chat", "too long")
    error = Answer("", "", finish="error", error="The prompt is 40 tokens too long.")
    chat.engine_event(Finished(turn.id, error))
    assert (turn.state, turn.notes) == (TurnState.FAILED, ["The prompt is 40 tokens too long."])
    chat.ask("chat", "short")
    assert engine.requests[-1].messages == (
        Message("user", (ImagePart(CAT), TextPart("short")), "chat"),
    )


def test_none_becomes_a_sentence(chat: ChatController, listener: RecordingListener) -> None:
    chat.set_picture(CAT)
    turn = chat.ask("refer", "the zebra")
    answer(chat, "none")
    assert (listener.text, turn.notes) == ("", ["Nothing in the picture fits “the zebra”."])
    assert turn.raw == "none"


def test_progress_and_notices_reach_the_turn(chat: ChatController) -> None:
    turn = chat.ask("chat", "hello")
    chat.engine_event(Progress(turn.id, "prefill", 0.5))
    chat.engine_event(Notice(turn.id, "The two oldest turns no longer fit."))
    assert (turn.stage, turn.notes) == ("prefill", ["The two oldest turns no longer fit."])


def test_a_new_conversation_forgets_the_turns_and_keeps_the_picture(
    chat: ChatController, engine: RecordingEngine, listener: RecordingListener
) -> None:
    chat.set_picture(CAT)
    chat.ask("caption", "")
    chat.clear()
    assert (chat.turns, chat.picture, listener.replacements) == ([], CAT, 1)
    assert len(engine.cancelled) == 1


def test_what_happens_is_written_down_in_its_order(
    chat: ChatController, journal: RecordingJournal
) -> None:
    chat.set_picture(CAT)
    turn = chat.ask("grounding", "all")
    chat.engine_event(TextDelta(turn.id, "a cat"))
    chat.engine_event(BoxFound(turn.id, GroundedBox(Box(0, 0, 1, 1), "a cat", 0, 0, 5)))
    chat.engine_event(Finished(turn.id, Answer("a cat", "<p>a cat</p>")))
    assert journal.written == ["asked all", "said a cat", "box", "ended done: <p>a cat</p>"]


def test_a_question_is_written_down_before_it_is_shown(
    engine: RecordingEngine, journal: RecordingJournal
) -> None:
    class Watching(RecordingListener):
        def turn_added(self, turn: Turn) -> None:
            self.text += f"{journal.written}"

    listener = Watching()
    ChatController(engine, listener, journal, TASKS).ask("chat", "hello")
    assert listener.text == "['asked hello']"


def test_what_a_stopped_answer_really_was_is_written_down_late(
    chat: ChatController, journal: RecordingJournal
) -> None:
    turn = chat.ask("chat", "tell me")
    chat.stop()
    chat.engine_event(Finished(turn.id, Answer("Well", "Well", finish="cancelled")))
    assert journal.written[-2:] == ["ended stopped: ", "ended stopped: Well"]


def test_a_loaded_conversation_goes_on_where_it_was(
    chat: ChatController, engine: RecordingEngine
) -> None:
    chat.set_picture(CAT)
    chat.ask("caption", "")
    answer(chat, "a cat", raw="A cat.")
    turns = list(chat.turns)
    chat.clear()
    chat.set_picture(DOG)
    chat.load(turns, turns[-1].id)
    assert chat.picture == CAT
    assert turns[0].numbered == (CAT,)
    chat.ask("chat", "which colour?")
    assert engine.requests[-1].messages == (
        Message("user", (ImagePart(CAT), TextPart("")), "caption"),
        Message("assistant", (TextPart("A cat."),)),
        Message("user", (TextPart("which colour?"),), "chat"),
    )


def test_a_region_is_of_the_picture_that_goes_with_its_question(
    chat: ChatController, engine: RecordingEngine
) -> None:
    box = Box(0.1, 0.2, 0.3, 0.4)
    for picture in (CAT, DOG):
        chat.set_picture(picture)
        chat.ask("caption", "")
        answer(chat, "an animal")
    chat.ask("identify", "", region=box)
    answer(chat, "a dog")
    chat.set_picture(CAT)
    chat.ask("chat", "and this?", region=box)
    asked = [message for message in engine.requests[-1].messages if message.role == "user"]
    assert asked[2] == Message("user", (RegionPart(box, 1), TextPart("")), "identify")
    assert asked[3] == Message(
        "user", (ImagePart(CAT), RegionPart(box, 2), TextPart("and this?")), "chat"
    )


def test_a_task_about_a_region_needs_one(chat: ChatController) -> None:
    chat.set_picture(CAT)
    with pytest.raises(InputError, match="Draw a box around something"):
        chat.ask("identify", "")


def test_a_picture_is_spoken_of_by_the_turns_about_it(chat: ChatController) -> None:
    chat.set_picture(CAT)
    chat.ask("caption", "")
    assert chat.speaks_of(CAT)
    assert not chat.speaks_of(DOG)


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ("minigpt-v2", "<p>a dog</p> {<10><20><30><40>} sits"),
        ("shikra", "a dog[0.100,0.200,0.300,0.400] sits"),
    ],
)
def test_a_corrected_answer_is_told_as_the_model_would_have_written_it(
    chat: ChatController,
    engine: RecordingEngine,
    journal: RecordingJournal,
    dialect: str,
    told: str,
) -> None:
    chat.engine_changed(replace(READY, info=replace(INFO, dialect=dialect)))
    turn = chat.ask("chat", "what is this?")
    answer(chat, "a cat", raw="<p>a cat</p> {<1><2><3><4>}")
    box = GroundedBox(Box(0.1, 0.2, 0.3, 0.4), "a dog", 0, 0, 5)
    chat.correct(turn, Correction("a dog sits", (box,)))
    assert turn.answer.text == "a dog sits"
    assert [shown.label for shown in turn.answer.boxes] == ["a dog"]
    chat.ask("chat", "and now?")
    assert engine.requests[-1].messages[1] == Message("assistant", (TextPart(told),))
    answer(chat, "nothing")
    chat.correct(turn, None)
    assert (turn.answer.text, turn.written, turn.correction) == ("a cat", None, None)
    chat.ask("chat", "and then?")
    raw = TextPart("<p>a cat</p> {<1><2><3><4>}")
    assert engine.requests[-1].messages[1] == Message("assistant", (raw,))
    written = [line for line in journal.written if line.startswith("corrected")]
    assert written == ["corrected a dog sits", "corrected None"]


def test_a_second_correction_keeps_what_the_model_wrote(chat: ChatController) -> None:
    turn = chat.ask("chat", "what is this?")
    answer(chat, "a cat")
    chat.correct(turn, Correction("a dog"))
    chat.correct(turn, Correction("a fox"))
    assert turn.answer.text == "a fox"
    assert turn.written is not None and turn.written.text == "a cat"
