"""The conversations: begun, written turn by turn, listed, searched, renamed, deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime

from app.store.attachments import Attachments
from app.store.database import TURNS, Database
from app.store.errors import StoreError
from app.store.records import (
    PAGE,
    Correction,
    Piece,
    StoredClip,
    StoredConversation,
    StoredTurn,
    Summary,
)
from app.store.rows import (
    GONE,
    append_piece,
    index_turn,
    insert_conversation,
    insert_turn,
    next_place,
    stored_box,
    stored_turn,
    title_row,
    turn_number,
    write_correction,
    write_heard,
)
from app.store.search import excerpt, queries, sought_words
from app.texts import translate

_OPEN = ("waiting", "running")

_DELETED = "SELECT number FROM conversation WHERE deleted"
_FILES = (
    "SELECT picture AS name FROM turn WHERE conversation = ?1 AND picture IS NOT NULL "
    "UNION SELECT name FROM clip JOIN turn ON turn.number = clip.turn WHERE conversation = ?1"
)
_STILL = "SELECT 1 FROM turn WHERE picture = ?1 UNION ALL SELECT 1 FROM clip WHERE name = ?1"
_PIECES = "SELECT * FROM piece WHERE turn >= ? AND turn < ? ORDER BY turn, number"
_CLIPS = "SELECT * FROM clip WHERE turn >= ? AND turn < ? ORDER BY turn, number"
_TEXTS = "SELECT text FROM words WHERE rowid > ? AND rowid < ? ORDER BY rowid"
_HITS = f"SELECT rowid / {TURNS} FROM words WHERE words MATCH ?"  # noqa: S608
_CORRECTED = (
    "SELECT turn.* FROM turn JOIN conversation ON conversation.number = turn.conversation "
    "WHERE correction IS NOT NULL AND NOT deleted ORDER BY turn.number"
)
_FOUND = (
    "SELECT number, title, changed FROM conversation "
    "WHERE number IN ({}) AND NOT deleted ORDER BY place DESC LIMIT ?"
)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Conversations:
    """Reads and writes conversations, each by its number. Every method may raise StoreError.

    `database` is closed with `close`.
    """

    def __init__(
        self, database: Database, attachments: Attachments, *, now: Callable[[], str] = _now
    ) -> None:
        self.attachments = attachments
        self._database = database
        self._now = now

    @property
    def notice(self) -> str:
        """A sentence where nothing can be written; empty where everything is as it should be."""
        return self._database.notice

    def close(self) -> None:
        self._database.close()

    def tidy(self) -> None:
        """Finish what an earlier run left: answers in mid-stream are cut off, what was deleted
        goes for good, and so does what a killed copy of a picture left."""
        self.attachments.tidy()
        with self._database.write() as db:
            left = db.execute("SELECT number FROM turn WHERE state IN (?, ?)", _OPEN).fetchall()
            for row in left:
                db.execute("UPDATE turn SET state = 'cut off' WHERE number = ?", tuple(row))
                index_turn(db, row["number"])
        self.purge()

    # Writing

    def begin(self, conversation: StoredConversation) -> int:
        """A new conversation with the turns that it has already; gives its number."""
        with self._database.write() as db:
            number = insert_conversation(db, conversation, self._now())
            for turn in conversation.turns:
                insert_turn(db, number, turn)
        return number

    def add(self, number: int, turn: StoredTurn) -> None:
        """A turn at the end of a branch, which is the one that is shown from now on."""
        with self._database.write() as db:
            place = next_place(db)
            insert_turn(db, number, turn)
            db.execute(
                "UPDATE conversation SET leaf = ?, changed = ?, place = ? WHERE number = ?",
                (turn.id, self._now(), place, number),
            )

    def grow(self, turn: str, piece: Piece) -> None:
        """More of a turn's answer."""
        with self._database.write() as db:
            append_piece(db, turn, piece)

    def end(self, turn: StoredTurn) -> None:
        """What a turn became: state, raw answer and notes."""
        with self._database.write() as db:
            db.execute(
                "UPDATE turn SET state = ?, raw = ?, notes = ?, tokens = ? WHERE id = ?",
                (turn.state, turn.raw, json.dumps(turn.notes), turn.tokens, turn.id),
            )
            index_turn(db, turn_number(db, turn.id))

    def correct(self, turn: str, correction: Correction | None) -> None:
        """Put this in the place of a turn's answer, or what the model wrote again."""
        with self._database.write() as db:
            write_correction(db, turn, correction)

    def hear(self, turn: str, heard: Mapping[str, str]) -> None:
        """What the model heard in the clips of a turn, by their names."""
        with self._database.write() as db:
            write_heard(db, turn, heard)

    def kept(self, source: str, name: str) -> None:
        """The picture `source` is an attachment of this name now."""
        with self._database.write() as db:
            db.execute("UPDATE turn SET picture = ? WHERE picture = ?", (name, source))

    def show(self, number: int, leaf: str) -> None:
        """Remember which branch is shown."""
        with self._database.write() as db:
            db.execute("UPDATE conversation SET leaf = ? WHERE number = ?", (leaf, number))

    def rename(self, number: int, title: str, *, instead_of: str | None = None) -> None:
        """Give a conversation a title; with `instead_of`, only where it is still called that."""
        with self._database.write() as db:
            if instead_of not in (None, title_row(db, number)[1]):
                return
            db.execute("UPDATE conversation SET title = ? WHERE number = ?", (title, number))
            values = title_row(db, number)
            db.execute("UPDATE words SET text = spread(?2) WHERE rowid = ?1", values)

    def delete(self, number: int) -> None:
        """Take a conversation out of sight; `purge` removes it, `restore` brings it back."""
        self._mark(number, deleted=True)

    def restore(self, number: int) -> None:
        self._mark(number, deleted=False)

    def purge(self, keep: Collection[str] = ()) -> None:
        """Remove what was deleted, with the pictures and clips that nothing else speaks of and that
        are not to `keep`."""
        with self._database.write() as db:
            doomed = [r["number"] for r in db.execute(_DELETED)]
            names: set[str] = set()
            for number in doomed:
                names.update(r["name"] for r in db.execute(_FILES, (number,)))
                span = (number * TURNS, (number + 1) * TURNS)
                db.execute("DELETE FROM words WHERE rowid >= ? AND rowid < ?", span)
                db.execute("DELETE FROM conversation WHERE number = ?", (number,))
            names = {name for name in names if not db.execute(_STILL, (name,)).fetchone()}
        for name in names.difference(keep):
            self.attachments.remove(name)

    def drop(self, name: str) -> None:
        """Delete an attachment that nothing speaks of."""
        if not self._database.read(_STILL, (name,)):
            self.attachments.remove(name)

    def _mark(self, number: int, *, deleted: bool) -> None:
        with self._database.write() as db:
            values = (deleted, number)
            db.execute("UPDATE conversation SET deleted = ? WHERE number = ?", values)

    # Reading

    def load(self, number: int) -> StoredConversation:
        """A conversation with all its turns and branches."""
        rows = self._database.read(
            "SELECT title, leaf FROM conversation WHERE number = ?", (number,)
        )
        if not rows:
            raise StoreError(translate("store", GONE))
        pieces: dict[int, list[Piece]] = {}
        span = (number * TURNS, (number + 1) * TURNS)
        for row in self._database.read(_PIECES, span):
            pieces.setdefault(row["turn"], []).append(Piece(row["text"], stored_box(row["box"])))
        clips = self._clips([span])
        turns = self._database.read(
            "SELECT * FROM turn WHERE conversation = ? ORDER BY number", (number,)
        )
        return StoredConversation(
            rows[0]["title"],
            tuple(
                stored_turn(row, pieces.get(row["number"], ()), clips.get(row["number"], ()))
                for row in turns
            ),
            rows[0]["leaf"],
        )

    def corrected(self) -> list[StoredTurn]:
        """The turns of all conversations whose answers were corrected, without their pieces."""
        rows = self._database.read(_CORRECTED)
        clips = self._clips((row["number"], row["number"] + 1) for row in rows)
        return [stored_turn(row, (), clips.get(row["number"], ())) for row in rows]

    def _clips(self, spans: Iterable[tuple[int, int]]) -> dict[int, list[StoredClip]]:
        """The clips of turns from one number to before another, by the numbers of the turns."""
        found: dict[int, list[StoredClip]] = {}
        for span in spans:
            for row in self._database.read(_CLIPS, span):
                found.setdefault(row["turn"], []).append(StoredClip(row["name"], row["heard"]))
        return found

    def latest(self) -> int | None:
        """The conversation that was used last."""
        page = self.page(count=1)
        return page[0].number if page else None

    def page(self, start: int = 0, count: int = PAGE) -> list[Summary]:
        """Conversations from number `start` of the list on, the last used first."""
        rows = self._database.read(
            "SELECT number, title, changed FROM conversation WHERE NOT deleted "
            "ORDER BY place DESC LIMIT ? OFFSET ?",
            (count, start),
        )
        return [Summary(*row) for row in rows]

    def search(self, typed: str, count: int = PAGE) -> list[Summary]:
        """Conversations in which every typed word occurs, the last used first."""
        words = sought_words(typed)
        if not words:
            return []
        query = _FOUND.format(" INTERSECT ".join([_HITS] * len(words)))
        rows = self._database.read(query, (*queries(words), count))
        return [
            Summary(row["number"], row["title"], row["changed"], self._excerpt(row[0], words))
            for row in rows
        ]

    def _excerpt(self, number: int, words: list[str]) -> str:
        """What stands around the first hit in a conversation; empty where it is in the title."""
        texts = self._database.read(_TEXTS, (number * TURNS, (number + 1) * TURNS))
        return next(filter(None, (excerpt(row["text"], words) for row in texts)), "")
