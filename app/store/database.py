"""The SQLite file of the conversations: opened, brought up to date, read and written.

The version of its tables is SQLite's `user_version`: how many of `MIGRATIONS` were applied. A file
of a newer version is opened read-only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.store.errors import StoreError
from app.store.search import spread
from app.texts import marked, translate

# Oldest first. What was released once is never changed: a change is one more at the end.
MIGRATIONS = (
    # `place` orders conversations by their last use. A turn's number begins with that of its
    # conversation, see TURNS: the search tells from it alone where a hit is.
    """
    CREATE TABLE conversation (
        number INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        changed TEXT NOT NULL,
        place INTEGER NOT NULL,
        leaf TEXT,
        deleted INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX conversation_place ON conversation (deleted, place);
    CREATE TABLE turn (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        conversation INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE,
        parent TEXT REFERENCES turn (id) ON DELETE CASCADE,
        task TEXT NOT NULL,
        words TEXT NOT NULL,
        picture TEXT,
        attached INTEGER NOT NULL,
        state TEXT NOT NULL,
        raw TEXT NOT NULL DEFAULT '',
        notes TEXT NOT NULL DEFAULT '[]',
        tokens INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX turn_conversation ON turn (conversation);
    CREATE INDEX turn_parent ON turn (parent);
    CREATE INDEX turn_picture ON turn (picture);
    CREATE INDEX turn_open ON turn (state) WHERE state IN ('waiting', 'running');
    CREATE TABLE piece (
        turn INTEGER NOT NULL REFERENCES turn (number) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        text TEXT NOT NULL,
        box TEXT,
        PRIMARY KEY (turn, number)
    ) WITHOUT ROWID;
    """,
    # A row a turn, under the turn's number, and one for the title, under number 0 of TURNS.
    """
    CREATE VIRTUAL TABLE words USING fts5(
        text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    );
    INSERT INTO words (rowid, text) SELECT number << 20, spread(title) FROM conversation;
    INSERT INTO words (rowid, text)
        SELECT number, spread(words || char(10) || coalesce(
            (SELECT group_concat(text, '') FROM piece WHERE turn = turn.number), ''
        )) FROM turn;
    """,
    # JSON of a Box: the part of the picture that the question is about.
    "ALTER TABLE turn ADD COLUMN region TEXT",
    # JSON of a Correction: what a person made of the answer.
    """
    ALTER TABLE turn ADD COLUMN correction TEXT;
    CREATE INDEX turn_corrected ON turn (number) WHERE correction IS NOT NULL;
    """,
    # What was said in a question, in its order; `heard` is what the model heard in it.
    """
    CREATE TABLE clip (
        turn INTEGER NOT NULL REFERENCES turn (number) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        name TEXT NOT NULL,
        heard TEXT,
        PRIMARY KEY (turn, number)
    ) WITHOUT ROWID;
    CREATE INDEX clip_name ON clip (name);
    ALTER TABLE turn ADD COLUMN transcribed INTEGER NOT NULL DEFAULT 0;
    """,
)
# How many turns a conversation has room for: turn numbers are conversation * TURNS + 1, 2, ...
TURNS = 1 << 20
WAIT_S = 2.0
_NOT_OPENED = marked("store", "The conversations in {path} can't be opened: {reason}.")
_NOT_READ = marked("store", "The conversations in {path} can't be read: {reason}.")
_NOT_WRITTEN = marked("store", "The conversations in {path} can't be written: {reason}.")

Values = Sequence[object] | Mapping[str, object]


class Database:
    """Owns the connection; used on the thread that made it.

    `notice` is a sentence where the file can only be read, because a newer program wrote it. Raises
    StoreError where it can't be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.notice = ""
        self._path = path
        with self._errors(_NOT_OPENED):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._connect("rwc")
        try:
            with self._errors(_NOT_OPENED):
                self._open()
        except StoreError:
            self._connection.close()
            raise

    def read(self, query: str, values: Values = ()) -> list[sqlite3.Row]:
        """The rows of a query. Raises StoreError."""
        with self._errors(_NOT_READ):
            rows: list[sqlite3.Row] = self._connection.execute(query, values).fetchall()
        return rows

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All that is written within is kept together or not at all. Raises StoreError."""
        with self._errors(_NOT_WRITTEN):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._connection.close()

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"{self._path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, uri=True, timeout=WAIT_S, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.create_function("spread", 1, spread, deterministic=True)
        return connection

    def _open(self) -> None:
        if self._version() > len(MIGRATIONS):
            self._connection.close()
            self._connection = self._connect("ro")
            self.notice = translate(
                "store",
                "A newer Sightline wrote the conversations here: this one shows them, "
                "and keeps nothing of what is asked now.",
            )
            return
        # Nothing of a commit is lost when the program is killed; a power cut may cost the last one.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        if self._version() == len(MIGRATIONS):
            return
        with self.write() as connection:
            # Read again under the lock: another window may have been first.
            version = self._version()
            for number, script in enumerate(MIGRATIONS[version:], version + 1):
                for statement in filter(str.strip, script.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")

    def _version(self) -> int:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        return version

    @contextmanager
    def _errors(self, sentence: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            reason = str(error).rstrip(".")
            said = translate("store", sentence).format(path=self._path, reason=reason)
            raise StoreError(said) from error
