"""A store in a fresh folder, and turns to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.attachments import Attachments
from app.store.conversations import Conversations
from app.store.database import Database
from app.store.records import Piece, StoredClip, StoredConversation, StoredTurn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> Iterator[Conversations]:
    store = opened(folder)
    yield store
    store.close()


def opened(folder: Path) -> Conversations:
    """The store of a folder, as a start of the program opens it."""
    database = Database(folder / "conversations.sqlite3")
    return Conversations(database, Attachments(folder / "attachments"), now=lambda: "2026-01-01")


def begin(store: Conversations, title: str) -> int:
    """An empty conversation of that title."""
    return store.begin(StoredConversation(title, (), None))


def turn(
    name: str,
    words: str = "hello",
    answer: str = "",
    *,
    parent: str | None = None,
    picture: str | None = None,
    state: str = "done",
    clips: tuple[StoredClip, ...] = (),
) -> StoredTurn:
    return StoredTurn(
        id=name,
        parent=parent,
        task="chat",
        words=words,
        picture=picture,
        attached=picture is not None,
        state=state,
        raw=answer,
        pieces=(Piece(answer),) if answer else (),
        clips=clips,
    )
