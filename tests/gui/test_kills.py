"""Windows and engines that are killed: a few of the kills of `make kills`, at fixed moments."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.store.archive import FILE, Archive
from app.store.records import Piece, StoredConversation, StoredTurn
from tests.support.kills.books import Books
from tests.support.kills.engines import lose_engines
from tests.support.kills.lives import Moment, live
from tests.support.kills.told import EngineKill, Plan, Resumed, Seen, Sent
from tests.support.kills.told import More as Shown

SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@SIGNALS
def test_killed_windows_lose_nothing_and_the_next_start_goes_on(
    tmp_path: Path, picture: Path
) -> None:
    books = Books()
    moments = (Moment(9), Moment(80, statement=60), Moment(12), Moment(1))
    for seed, moment in enumerate(moments):
        live(tmp_path, Plan(seed, picture, moment.statement), moment, books)
    assert books.faults == []
    assert (books.found, books.offers, books.sound) == (len(books.sent), 3, 4)
    assert books.sent


@SIGNALS
def test_killed_engines_cost_the_rest_of_an_answer_and_nothing_else(
    tmp_path: Path, picture: Path
) -> None:
    books = Books()
    kills = (EngineKill(0), EngineKill(3), EngineKill(None))
    losses = lose_engines(tmp_path, Plan(0, picture, engine_kills=kills), books)
    assert books.faults + losses.faults == []
    assert (losses.explained, losses.kept) == (2, 2)
    assert books.found == len(books.sent) == 5


def _shown(text: str = "", state: str = "running") -> Seen:
    return Seen("a", None, "chat", "hello", text, state)


def _store(folder: Path, *pieces: str) -> None:
    kept = StoredTurn(
        id="a",
        parent=None,
        task="chat",
        words="hello",
        picture=None,
        attached=False,
        state="running",
        pieces=tuple(map(Piece, pieces)),
    )
    with closing(Archive(folder)) as archive:
        archive.conversations.begin(StoredConversation("Hello", (kept,), "a"))


def _books(*told: Sent | Shown) -> Books:
    books = Books()
    for one in told:
        books.take(one)
    return books


def test_the_books_notice_what_is_lost(tmp_path: Path) -> None:
    _store(tmp_path, "one")
    books = _books(Sent(_shown()), Shown("a", "one"))
    books.check_store(tmp_path)
    assert (books.faults, books.found, books.halves_marked, books.sound) == ([], 1, 1, 1)
    short = _books(Sent(_shown()), Shown("a", "one two"))
    short.check_store(tmp_path)
    assert short.faults == ["of 'one two' there is 'one'"]
    other = Seen("b", None, "chat", "hello", "", "waiting")
    lost = _books(Sent(other))
    lost.check_store(tmp_path)
    assert "is lost" in lost.faults[0]
    nothing = _books(Sent(other))
    nothing.check_store(tmp_path / "elsewhere")
    assert nothing.faults == ["there is no database"]


def test_the_books_notice_a_start_that_does_not_go_on(tmp_path: Path) -> None:
    _store(tmp_path, "one")
    books = _books(Sent(_shown()), Shown("a", "one"))
    books.check_store(tmp_path)
    unmarked = Seen("a", None, "chat", "hello", "one", "cut off", note="", again=True)
    books.check_start(Resumed((unmarked,), writable=True))
    assert (len(books.faults), books.starts, books.offers) == (1, 1, 0)
    books.check_start(Resumed((), writable=True))
    assert books.faults[1] == "the start shows None in the place of a"


def test_the_books_notice_a_database_that_is_damaged(tmp_path: Path) -> None:
    _store(tmp_path, "one")
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute("UPDATE turn SET conversation = 7")
        db.commit()
    books = _books()
    books.check_store(tmp_path)
    assert books.sound == 0 and "no parent" in books.faults[0]
