"""Rows of the conversations' tables: written within a transaction, and read back as values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from app.store.database import TURNS
from app.store.errors import StoreError
from app.store.records import Correction, Piece, StoredClip, StoredConversation, StoredTurn
from app.texts import marked, translate
from engine.grounding.geometry import Box
from engine.plain import from_plain, to_plain
from engine.types import GroundedBox

GONE = marked("store", "This conversation is no longer there.")
# Characters of text in a row of `piece`, from which on more of it begins the next row.
ROOM = 1000


def next_place(db: sqlite3.Connection) -> int:
    """The place in the list of what was used last."""
    place: int = db.execute("SELECT coalesce(max(place), 0) + 1 FROM conversation").fetchone()[0]
    return place


def insert_conversation(
    db: sqlite3.Connection, conversation: StoredConversation, changed: str
) -> int:
    """A new conversation, without its turns; gives its number."""
    cursor = db.execute(
        "INSERT INTO conversation (title, leaf, changed, place) VALUES (?, ?, ?, ?)",
        (conversation.title, conversation.leaf, changed, next_place(db)),
    )
    number = cursor.lastrowid
    assert number is not None
    db.execute("INSERT INTO words (rowid, text) VALUES (?, spread(?))", title_row(db, number))
    return number


def title_row(db: sqlite3.Connection, number: int) -> tuple[int, str]:
    """The row of a conversation's title in the index."""
    row = db.execute("SELECT title FROM conversation WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise StoreError(translate("store", GONE))
    return number * TURNS, row["title"]


def turn_number(db: sqlite3.Connection, turn: str) -> int:
    """The number of the turn with this id. Raises StoreError."""
    row = db.execute("SELECT number FROM turn WHERE id = ?", (turn,)).fetchone()
    if row is None:
        raise StoreError(translate("store", "The conversation of this answer is no longer there."))
    number: int = row["number"]
    return number


def insert_turn(db: sqlite3.Connection, conversation: int, turn: StoredTurn) -> None:
    """A turn as the newest of its conversation, findable at once."""
    last = "SELECT coalesce(max(number), ?) FROM turn WHERE conversation = ?"
    number = 1 + db.execute(last, (conversation * TURNS, conversation)).fetchone()[0]
    db.execute(
        "INSERT INTO turn (number, conversation, id, parent, task, words, picture, attached,"
        " state, raw, notes, tokens, region, correction, transcribed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            conversation,
            turn.id,
            turn.parent,
            turn.task,
            turn.words,
            turn.picture,
            turn.attached,
            turn.state,
            turn.raw,
            json.dumps(turn.notes),
            turn.tokens,
            json.dumps(to_plain(turn.region)) if turn.region else None,
            _correction_text(turn.correction),
            turn.transcribed,
        ),
    )
    _insert_pieces(db, number, turn.pieces)
    db.executemany(
        "INSERT INTO clip (turn, number, name, heard) VALUES (?, ?, ?, ?)",
        [(number, place, clip.name, clip.heard) for place, clip in enumerate(turn.clips)],
    )
    index_turn(db, number)


def append_piece(db: sqlite3.Connection, turn: str, piece: Piece) -> None:
    """More of the answer of the turn with this id; a few words more lengthen the row before."""
    number = turn_number(db, turn)
    newest = (
        "SELECT number, length(text) AS length, box FROM piece WHERE turn = ? "
        "ORDER BY number DESC LIMIT 1"
    )
    last = db.execute(newest, (number,)).fetchone()
    if last is None:
        _insert_pieces(db, number, [piece])
    elif piece.box is not None or last["box"] is not None or last["length"] >= ROOM:
        _insert_pieces(db, number, [piece], start=last["number"] + 1)
    else:
        longer = "UPDATE piece SET text = text || ? WHERE turn = ? AND number = ?"
        db.execute(longer, (piece.text, number, last["number"]))


def _insert_pieces(
    db: sqlite3.Connection, turn: int, pieces: Iterable[Piece], *, start: int = 0
) -> None:
    rows = [
        (turn, place, piece.text, json.dumps(to_plain(piece.box)) if piece.box else None)
        for place, piece in enumerate(pieces, start)
    ]
    db.executemany("INSERT INTO piece (turn, number, text, box) VALUES (?, ?, ?, ?)", rows)


def write_correction(db: sqlite3.Connection, turn: str, correction: Correction | None) -> None:
    """What a person made of the answer of the turn with this id; None: nothing, any more."""
    number = turn_number(db, turn)
    values = (_correction_text(correction), number)
    db.execute("UPDATE turn SET correction = ? WHERE number = ?", values)
    index_turn(db, number)


def write_heard(db: sqlite3.Connection, turn: str, heard: Mapping[str, str]) -> None:
    """What the model heard in the clips of the turn with this id, by their names."""
    number = turn_number(db, turn)
    db.executemany(
        "UPDATE clip SET heard = ? WHERE turn = ? AND name = ?",
        [(words, number, name) for name, words in heard.items()],
    )
    index_turn(db, number)


def _correction_text(correction: Correction | None) -> str | None:
    return None if correction is None else json.dumps(to_plain(correction))


def index_turn(db: sqlite3.Connection, number: int) -> None:
    """Make a turn's words, what was heard and what there is of its answer, as it is shown,
    findable."""
    db.execute("DELETE FROM words WHERE rowid = ?", (number,))
    db.execute(
        "INSERT INTO words (rowid, text) SELECT number, spread(words || char(10) || coalesce("
        "(SELECT group_concat(heard, char(10)) || char(10) FROM clip WHERE turn = turn.number), ''"
        ") || coalesce(json_extract(correction, '$.text'), "
        "(SELECT group_concat(text, '') FROM piece WHERE turn = turn.number), ''"
        ")) FROM turn WHERE number = ?",
        (number,),
    )


def stored_turn(
    row: sqlite3.Row, pieces: Sequence[Piece], clips: Sequence[StoredClip]
) -> StoredTurn:
    """A row of `turn` as a value, with the pieces of its answer and its clips."""
    corrected = row["correction"]
    return StoredTurn(
        id=row["id"],
        parent=row["parent"],
        task=row["task"],
        words=row["words"],
        picture=row["picture"],
        attached=bool(row["attached"]),
        state=row["state"],
        raw=row["raw"],
        notes=() if row["notes"] == "[]" else tuple(json.loads(row["notes"])),
        tokens=row["tokens"],
        region=Box(**json.loads(row["region"])) if row["region"] else None,
        pieces=tuple(pieces),
        correction=from_plain(Correction, json.loads(corrected)) if corrected else None,
        clips=tuple(clips),
        transcribed=bool(row["transcribed"]),
    )


def stored_box(text: str | None) -> GroundedBox | None:
    """A box as it was written here; a long conversation has thousands, so none is checked again."""
    if text is None:
        return None
    plain = json.loads(text)
    return GroundedBox(**plain | {"box": Box(**plain["box"])})
