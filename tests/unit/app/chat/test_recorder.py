"""The recorder: a conversation is on disk while it happens, and comes back as it was shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.chat.conversation import Turn, TurnState
from app.chat.recorder import Recorder
from app.chat.spans import answer_text
from app.store.archive import FILE, Archive
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS
from engine.types import BoxFound, GroundedBox, TextDelta

CAT = GroundedBox(Box(0.1, 0.2, 0.3, 0.4))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = Archive(tmp_path)
    yield archive
    archive.close()


@pytest.fixture
def recorder(archive: Archive) -> Recorder:
    return Recorder(archive)


def _turn(
    name: str, task: str = "chat", words: str = "hello", *, picture: Path | None = None
) -> Turn:
    answer = answer_text(TASKS[task], words)
    return Turn(name, task, words, picture, picture is not None, answer)


def _say(recorder: Recorder, turn: Turn, text: str) -> None:
    turn.raw += text
    turn.answer.add_text(text)
    recorder.said(turn, TextDelta(turn.id, text))


def _end(recorder: Recorder, turn: Turn, state: TurnState = TurnState.DONE) -> None:
    turn.answer.finish()
    turn.state = state
    recorder.ended(turn)


def _reopened(archive: Archive, number: int | None) -> list[Turn]:
    """The turns as the next start of the program finds them."""
    assert number is not None
    archive.close()
    turns, _ = Recorder(archive).open(number, TASKS)
    return turns


def test_a_turn_comes_back_as_it_was_shown(recorder: Recorder, archive: Archive) -> None:
    turn = _turn("a", "refer", "the cat")
    recorder.asked(turn)
    turn.answer.add_box(CAT)
    recorder.said(turn, BoxFound("a", CAT))
    turn.raw, turn.tokens = "{<10><20><30><40>}", 40
    turn.notes.append("A note.")
    _end(recorder, turn)
    (kept,) = _reopened(archive, recorder.number)
    assert (kept.answer.text, kept.answer.marks, kept.answer.boxes) == (
        turn.answer.text,
        turn.answer.marks,
        turn.answer.boxes,
    )
    assert (kept.raw, kept.notes, kept.tokens, kept.state) == (
        turn.raw,
        turn.notes,
        40,
        TurnState.DONE,
    )


def test_the_second_question_goes_to_the_same_conversation(
    recorder: Recorder, archive: Archive
) -> None:
    for name in ("a", "b"):
        turn = _turn(name)
        recorder.asked(turn)
        _end(recorder, turn)
    recorder.began()
    recorder.asked(_turn("c"))
    assert [len(_reopened(archive, number)) for number in (1, 2)] == [2, 1]


def test_of_a_killed_program_every_word_that_was_shown_is_there(
    recorder: Recorder, archive: Archive
) -> None:
    turn = _turn("a")
    recorder.asked(turn)
    for number in range(100):
        _say(recorder, turn, f"{number} ")
    (kept,) = _reopened(archive, recorder.number)
    assert kept.state is TurnState.CUT_OFF
    assert kept.answer.text == turn.answer.text
    assert kept.notes == ["Sightline ended before the answer was complete."]
    assert kept.raw == kept.answer.text


def test_a_failure_to_write_is_said_and_the_conversation_goes_on(
    recorder: Recorder, tmp_path: Path
) -> None:
    told: list[str] = []
    recorder.failed = told.append
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    turn = _turn("a")
    recorder.asked(turn)
    _say(recorder, turn, "words " * 20)
    _end(recorder, turn)
    assert len(told) == 1
    assert "can't be opened" in told[0]


def test_nothing_is_written_for_a_newer_program(
    recorder: Recorder, archive: Archive, tmp_path: Path
) -> None:
    told: list[str] = []
    recorder.failed = told.append
    recorder.asked(_turn("a"))
    archive.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as newer:
        newer.execute("PRAGMA user_version = 99")
    recorder.asked(_turn("b"))
    assert told == []
    assert len(archive.conversations.load(1).turns) == 1


def test_a_picture_is_named_by_its_file_until_it_is_kept(
    recorder: Recorder, archive: Archive, tmp_path: Path
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"pixels")
    recorder.asked(_turn("a", picture=path))
    assert [turn.picture for turn in _reopened(archive, 1)] == [path]
    name = archive.attachments.keep(path)
    recorder.picture_kept(path, name)
    recorder.asked(_turn("b", picture=path))
    kept = archive.attachments.path(name)
    recorder.asked(_turn("c", picture=kept))
    assert [turn.picture for turn in _reopened(archive, 1)] == [kept] * 3


def test_a_recording_is_kept_and_comes_back_with_what_was_heard(
    recorder: Recorder, archive: Archive, tmp_path: Path
) -> None:
    said = tmp_path / "said.wav"
    said.write_bytes(b"samples")
    turn = _turn("a", "vqa", "")
    turn.clips = (recorder.kept(said),)
    recorder.asked(turn)
    assert not said.exists() and turn.clips[0].read_bytes() == b"samples"
    assert [summary.title for summary in archive.conversations.page()] == [
        "Question: Spoken question"
    ]
    recorder.heard(turn)
    turn.heard[turn.clips[0]] = "where is the mug"
    recorder.heard(turn)
    assert [found.title for found in archive.conversations.search("mug")] == [
        "Question where is the mug"
    ]
    (kept,) = _reopened(archive, recorder.number)
    assert (kept.clips, kept.heard, kept.transcribed) == (turn.clips, turn.heard, False)


def test_a_title_that_a_person_gave_stays(
    recorder: Recorder, archive: Archive, tmp_path: Path
) -> None:
    turn = _turn("a", words="")
    turn.clips = (tmp_path / "outside.wav",)
    recorder.asked(turn)
    archive.conversations.rename(1, "Mine")
    turn.heard[turn.clips[0]] = "hello"
    recorder.heard(turn)
    assert [summary.title for summary in archive.conversations.page()] == ["Mine"]
    second = _turn("b", words="it")
    second.clips, second.transcribed, second.parent = turn.clips, True, "a"
    recorder.asked(second)
    assert [kept.transcribed for kept in _reopened(archive, 1)] == [False, True]


def test_a_recording_that_cannot_be_kept_stays_where_it_is(
    recorder: Recorder, tmp_path: Path
) -> None:
    told: list[str] = []
    recorder.failed = told.append
    gone = tmp_path / "gone.wav"
    assert recorder.kept(gone) == gone
    assert "gone.wav can't be kept" in told[0]


@pytest.mark.parametrize(
    ("task", "words", "picture", "title"),
    [
        ("chat", "What is\n this?", None, "What is this?"),
        ("refer", "the cat", "/a/b.png", "Point to the cat"),
        ("caption", "", "/a/tower.jpg", "Caption: tower"),
        ("chat", "word " * 30, None, "word " * 11 + "word…"),
        ("chat", "字" * 90, None, "字" * 60 + "…"),
    ],
)
def test_the_first_question_makes_the_title(
    recorder: Recorder, archive: Archive, task: str, words: str, picture: str | None, title: str
) -> None:
    recorder.asked(_turn("a", task, words, picture=Path(picture) if picture else None))
    assert [summary.title for summary in archive.conversations.page()] == [title]
