"""The tree of turns, through the controller: asking beside, going back, walking the branches."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.chat.controller import ChatController
from engine.prompt.tasks import TASKS
from engine.types import (
    Answer,
    Finished,
    ImagePart,
    Message,
    Sampling,
    Stats,
    TextDelta,
    TextPart,
)
from tests.support.recording import (
    RecordingEngine,
    RecordingJournal,
    RecordingListener,
    answer,
)

CAT, DOG = Path("cat.jpg"), Path("dog.jpg")


def _words(chat: ChatController) -> list[str]:
    return [turn.words for turn in chat.turns]


def _told(engine: RecordingEngine) -> list[str]:
    """The words of the last request, without its pictures."""
    parts = [part for message in engine.requests[-1].messages for part in message.parts]
    return [part.text for part in parts if isinstance(part, TextPart)]


@pytest.fixture
def talk(chat: ChatController) -> ChatController:
    """A conversation of three turns: one, two, three."""
    for words in ("one", "two", "three"):
        chat.ask("chat", words)
        answer(chat, f"answer to {words}")
    return chat


def test_a_changed_question_is_asked_beside_the_first(
    talk: ChatController, engine: RecordingEngine
) -> None:
    second = talk.turns[1]
    changed = talk.ask_beside(second, "chat", "zwei")
    assert _told(engine) == ["one", "answer to one", "zwei"]
    answer(talk, "Antwort")
    assert _words(talk) == ["one", "zwei"]
    assert talk.place_of(changed) == (2, 2)
    talk.step(changed, -1)
    assert _words(talk) == ["one", "two", "three"]
    talk.step(second, 1)
    assert _words(talk) == ["one", "zwei"]


def test_the_same_question_again_is_answered_otherwise(
    talk: ChatController, engine: RecordingEngine
) -> None:
    engine.sampling = Sampling(max_tokens=99)
    last = talk.turns[-1]
    for seed in (1, 2):
        again = talk.ask_beside(last, "chat", "three")
        answer(talk, "something else")
        told = engine.requests[-1]
        assert told.sampling == Sampling(max_tokens=99, temperature=0.7, seed=seed)
        last = again
    assert talk.place_of(last) == (3, 3)
    talk.ask("chat", "four")
    assert engine.requests[-1].sampling is None


def test_one_goes_on_from_an_earlier_turn(
    talk: ChatController, engine: RecordingEngine, journal: RecordingJournal
) -> None:
    talk.go_on_from(talk.turns[0])
    assert journal.written[-1] == "showed one"
    talk.ask("chat", "deux")
    assert _told(engine) == ["one", "answer to one", "deux"]
    answer(talk, "réponse")
    talk.step(talk.turns[1], 1)
    assert _words(talk) == ["one", "two", "three"]


def test_the_very_first_question_can_be_changed(talk: ChatController) -> None:
    changed = talk.ask_beside(talk.turns[0], "chat", "eins")
    assert (_words(talk), changed.parent) == (["eins"], None)


def test_a_branch_asks_about_its_own_picture(chat: ChatController, engine: RecordingEngine) -> None:
    chat.set_picture(CAT)
    first = chat.ask("caption", "")
    answer(chat, "a cat")
    chat.set_picture(DOG)
    chat.ask("caption", "")
    answer(chat, "a dog")
    again = chat.ask_beside(first, "refer", "the tail")
    assert (again.picture, again.attached, chat.picture) == (CAT, True, CAT)
    assert engine.requests[-1].messages == (
        Message("user", (ImagePart(CAT), TextPart("the tail")), "refer"),
    )


def test_branches_come_back_from_where_they_were_kept(
    talk: ChatController, engine: RecordingEngine
) -> None:
    kept = list(talk.turns)
    changed = talk.ask_beside(kept[1], "chat", "zwei")
    answer(talk, "Antwort")
    again = ChatController(engine, RecordingListener(), RecordingJournal(), TASKS)
    again.load([*kept, changed], kept[1].id)
    assert _words(again) == ["one", "two"]
    again.load([*kept, changed], None)
    assert _words(again) == ["one", "zwei"]


def test_the_tokens_of_an_answer_are_counted(chat: ChatController) -> None:
    turn = chat.ask("chat", "hello")
    stats = Stats(prefill_tokens=10, cached_tokens=5, decode_tokens=3)
    chat.engine_event(Finished(turn.id, Answer("hi", "hi", stats=stats)))
    assert turn.tokens == 18


def test_boxes_of_kept_turns_are_on_the_pictures_that_were_told(
    chat: ChatController, engine: RecordingEngine
) -> None:
    for picture in (CAT, DOG):
        chat.set_picture(picture)
        chat.ask("caption", "")
        answer(chat, "an animal")
    other = chat.ask_beside(chat.turns[1], "refer", "the tail")
    answer(chat, "{<1><2><3><4>}")
    turns = [*chat.turns[:1], *chat._tree.branches(other)]
    numbered = [turn.numbered for turn in turns]
    for turn in turns:
        turn.numbered = ()
    chat.load(turns, None)
    assert [turn.numbered for turn in turns] == numbered
    assert numbered == [(CAT,), (CAT, DOG), (CAT, DOG)]


def test_a_question_whose_answer_broke_off_is_asked_as_it_was(
    chat: ChatController, engine: RecordingEngine
) -> None:
    broken = chat.ask("chat", "one")
    chat.engine_event(TextDelta(broken.id, "half an"))
    lost = Answer("half an", "half an", finish="error", error="The engine was killed.")
    chat.engine_event(Finished(broken.id, lost))
    again = chat.ask_beside(broken, "chat", "one")
    assert (again.tries, engine.requests[-1].sampling) == (0, None)
    answer(chat, "half an answer and the rest")
    assert chat.ask_beside(again, "chat", "one").tries == 1
