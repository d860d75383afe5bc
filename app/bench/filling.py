"""Conversations by the thousand, made up, for what must not take longer for having them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random
from uuid import UUID

from app.store.archive import Archive
from app.store.records import Piece, StoredConversation, StoredTurn
from engine.grounding.geometry import Box
from engine.types import GroundedBox

CONVERSATIONS = 5_000
TURNS = 10  # a question and its answer each, so twenty messages
LONGEST_TURNS = 1_000
LONGEST = "Longest of them all"
PIECE = 48  # characters, as the recorder writes them
WORDS = (
    *("dog", "cat", "boat", "mountain", "river", "table", "chair", "window", "house", "tree"),
    *("lamp", "cup", "coffee", "woman", "man", "child", "street", "car", "bicycle", "bridge"),
    *("sky", "cloud", "sea", "beach", "stone", "flower", "garden", "book", "clock", "shoe"),
    *("hat", "coat", "bag", "bottle", "glass", "plate", "fork", "knife", "spoon", "bread"),
    *("apple", "orange", "brown", "small", "green", "the", "a", "of", "and"),
)


def fill(folder: Path, *, conversations: int = CONVERSATIONS, longest: int = LONGEST_TURNS) -> None:
    """Keep so many conversations there, and one of `longest` turns. Raises StoreError."""
    random = Random(0)
    with closing(Archive(folder)) as archive:
        store = archive.conversations
        store.begin(_conversation(random, LONGEST, longest))
        for _ in range(conversations):
            store.begin(_conversation(random, _words(random, 5), TURNS))


def _conversation(random: Random, title: str, turns: int) -> StoredConversation:
    told: list[StoredTurn] = []
    for number in range(turns):
        answer = _words(random, 45)
        pieces = [Piece(answer[at : at + PIECE]) for at in range(0, len(answer), PIECE)]
        if number % 2:
            phrase = answer.split()[0]
            found = GroundedBox(Box(0.1, 0.1, 0.5, 0.5), phrase, 0, 0, len(phrase))
            pieces.insert(1, Piece(box=found))
        told.append(
            StoredTurn(
                id=UUID(int=random.getrandbits(128)).hex,
                parent=told[-1].id if told else None,
                task="chat",
                words=_words(random, 8),
                picture=None,
                attached=False,
                state="done",
                raw=answer,
                tokens=60 * (number + 1),
                pieces=tuple(pieces),
            )
        )
    return StoredConversation(title, tuple(told), told[-1].id)


def _words(random: Random, count: int) -> str:
    return " ".join(random.choices(WORDS, k=count))
