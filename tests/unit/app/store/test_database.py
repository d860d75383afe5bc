"""The file of the conversations: versions, damage, and a program that is killed while it writes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.store.database import MIGRATIONS, Database
from app.store.errors import StoreError
from app.store.records import Correction, Piece, StoredClip
from tests.unit.app.store.conftest import begin, opened, turn

ROOT = Path(__file__).resolve().parents[4]

WRITER = """
import sys
from pathlib import Path
from app.store.records import Piece
from tests.unit.app.store.conftest import begin, opened, turn

store = opened(Path(sys.argv[1]))
number = begin(store, "Killed")
parent = None
for name in range(10_000):
    store.add(number, turn(str(name), f"question {name}", parent=parent, state="running"))
    print("asked", name, flush=True)
    for word in range(5):
        store.grow(str(name), Piece(f"{word} "))
        print("said", word, flush=True)
    store.end(turn(str(name)))
    parent = str(name)
"""


@pytest.mark.parametrize("lines", [1, 4, 8, 17, 40])
def test_a_killed_program_loses_nothing_that_it_had_written(folder: Path, lines: int) -> None:
    command = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().split() for _ in range(lines)]
        writer.kill()
    store = opened(folder)
    store.tidy()
    kept = store.load(1).turns
    asked = sum(word == "asked" for word, _ in told)
    assert len(kept) >= asked
    assert [t.words for t in kept[:asked]] == [f"question {n}" for n in range(asked)]
    said = next(i for i, (word, _) in enumerate(reversed(told)) if word == "asked")
    answer = "".join(piece.text for piece in kept[asked - 1].pieces)
    assert answer.startswith("".join(f"{word} " for word in range(said)))
    assert {t.state for t in kept} <= {"done", "cut off"}
    assert [tuple(row) for row in store._database.read("PRAGMA integrity_check")] == [("ok",)]
    store.close()


def test_a_fresh_file_has_the_version_of_this_program(folder: Path) -> None:
    database = Database(folder / "a.sqlite3")
    assert database.notice == ""
    assert database.read("PRAGMA user_version")[0][0] == len(MIGRATIONS)
    assert database.read("PRAGMA journal_mode")[0][0] == "wal"
    database.close()


def test_an_older_file_is_brought_up_to_date_with_what_is_in_it(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "conversations.sqlite3")) as old:
        old.executescript(MIGRATIONS[0])
        old.execute("INSERT INTO conversation VALUES (1, 'Old title', '2025', 1, NULL, 0)")
        old.execute(
            "INSERT INTO turn (number, id, conversation, task, words, attached, state) "
            "VALUES (1048577, 'a', 1, 'chat', 'whiskers', 0, 'done')"
        )
        old.execute("INSERT INTO piece VALUES (1048577, 0, 'purr', NULL)")
        old.execute("PRAGMA user_version = 1")
        old.commit()
    store = opened(folder)
    for typed in ("title", "whiskers", "purr"):
        assert [found.title for found in store.search(typed)] == ["Old title"]
    assert store.load(1).turns[0].correction is None
    store.correct("a", Correction("meow"))
    assert store.load(1).turns[0].correction == Correction("meow")
    assert (store.load(1).turns[0].clips, store.load(1).turns[0].transcribed) == ((), False)
    store.add(1, turn("b", parent="a", clips=(StoredClip("b.wav"),)))
    assert store.load(1).turns[1].clips == (StoredClip("b.wav"),)
    store.close()


def test_a_newer_file_is_shown_and_never_changed(folder: Path) -> None:
    path = folder / "conversations.sqlite3"
    store = opened(folder)
    number = begin(store, "From tomorrow")
    store.add(number, turn("a", "whiskers"))
    store.close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    again = opened(folder)
    assert "newer Sightline" in again.notice
    assert [found.title for found in again.search("whiskers")] == ["From tomorrow"]
    assert [kept.words for kept in again.load(number).turns] == ["whiskers"]
    with pytest.raises(StoreError, match="readonly"):
        again.rename(number, "Mine")
    with pytest.raises(StoreError, match="readonly"):
        again.grow("a", Piece("x"))
    again.close()
    assert path.read_bytes() == before


def test_a_damaged_file_is_named_and_left_alone(folder: Path) -> None:
    folder.mkdir()
    path = folder / "conversations.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"conversations\.sqlite3 can't be opened"):
        Database(path)
    assert path.read_bytes() == b"no database at all" * 100


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="can't be opened"):
        Database(tmp_path / "file" / "conversations.sqlite3")


def test_two_windows_may_write_by_turns(folder: Path) -> None:
    one, other = opened(folder), opened(folder)
    begin(one, "one")
    begin(other, "other")
    assert [summary.title for summary in one.page()] == ["other", "one"]
    one.close()
    other.close()
