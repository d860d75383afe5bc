"""Conversations on disk: written turn by turn, read back, renamed, deleted."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.store.conversations import Conversations
from app.store.errors import StoreError
from app.store.records import Correction, Piece, StoredClip, StoredConversation
from app.store.rows import ROOM
from engine.grounding.geometry import Box
from engine.types import GroundedBox
from tests.unit.app.store.conftest import begin, opened, turn

CAT = GroundedBox(Box(0.1, 0.2, 0.3, 0.4), "a cat", 0, 0, 5)


def test_a_conversation_comes_back_as_it_was_written(store: Conversations, folder: Path) -> None:
    number = begin(store, "Cats")
    first = turn("a", state="running")
    store.add(number, first)
    for piece in (Piece("a "), Piece("cat"), Piece(box=CAT), Piece(" "), Piece("sits")):
        store.grow("a", piece)
    ended = dataclasses.replace(first, state="done", raw="<p>a cat</p>", notes=("so",), tokens=12)
    store.end(ended)
    second = turn("b", "and then?", parent="a", picture="x.png")
    store.add(number, second)
    store.close()
    again = opened(folder)
    pieces = (Piece("a cat"), Piece(box=CAT), Piece(" sits"))
    assert again.load(number) == StoredConversation(
        "Cats", (dataclasses.replace(ended, pieces=pieces), second), "b"
    )
    again.close()


def test_what_streamed_when_the_program_ended_is_cut_off(
    store: Conversations, folder: Path
) -> None:
    number = begin(store, "Cats")
    store.add(number, turn("a", state="running"))
    store.grow("a", Piece("once upon"))
    store.close()
    again = opened(folder)
    again.tidy()
    (left,) = again.load(number).turns
    assert (left.state, left.pieces) == ("cut off", (Piece("once upon"),))
    assert [found.number for found in again.search("upon")] == [number]
    again.close()


def test_the_last_used_comes_first(store: Conversations) -> None:
    old, new = begin(store, "old"), begin(store, "new")
    assert [summary.title for summary in store.page()] == ["new", "old"]
    store.add(old, turn("a"))
    assert [summary.number for summary in store.page()] == [old, new]
    assert [summary.number for summary in store.page(1, 5)] == [new]
    assert store.latest() == old


def test_a_deleted_conversation_comes_back_until_it_is_purged(store: Conversations) -> None:
    number = begin(store, "Cats")
    store.add(number, turn("a", "whiskers"))
    store.delete(number)
    assert (store.page(), store.search("whiskers"), store.latest()) == ([], [], None)
    store.restore(number)
    assert [found.title for found in store.search("whiskers")] == ["Cats"]
    store.delete(number)
    store.purge()
    store.restore(number)
    assert store.page() == []
    with pytest.raises(StoreError, match="no longer there"):
        store.load(number)


def test_a_purge_removes_the_pictures_that_nothing_else_needs(
    store: Conversations, tmp_path: Path
) -> None:
    names = []
    for colour in ("red", "blue"):
        source = tmp_path / f"{colour}.png"
        source.write_text(colour)
        names.append(store.attachments.keep(source))
    outside = tmp_path / "red.png"
    first, second = begin(store, "first"), begin(store, "second")
    store.add(first, turn("a", picture=names[0]))
    store.add(first, turn("b", parent="a", picture=names[1]))
    store.add(first, turn("c", parent="b", picture=str(outside)))
    store.add(second, turn("d", picture=names[1]))
    store.delete(first)
    store.purge()
    assert [store.attachments.path(name).exists() for name in names] == [False, True]
    assert outside.exists()


def test_a_purge_removes_the_recordings_that_nothing_else_needs(
    store: Conversations, tmp_path: Path
) -> None:
    names = []
    for said in ("one", "two", "three"):
        source = tmp_path / f"{said}.wav"
        source.write_text(said)
        names.append(store.attachments.keep(source))
    one, two, three = map(StoredClip, names)
    first, second = begin(store, "first"), begin(store, "second")
    store.add(first, turn("a", clips=(one, two, three)))
    store.add(second, turn("b", clips=(two,)))
    store.delete(first)
    store.purge(keep=[names[2]])
    kept = [store.attachments.path(name).exists() for name in names]
    assert kept == [False, True, True]


def test_what_was_heard_is_kept_and_found(store: Conversations, folder: Path) -> None:
    number = begin(store, "Spoken question")
    clips = (StoredClip("1.wav"), StoredClip("2.wav"))
    store.add(number, turn("a", "", "a mug", clips=clips))
    store.hear("a", {"1.wav": "where is the cup", "2.wav": ""})
    store.hear("a", {"1.wav": "where is the mug"})
    store.correct("a", Correction("nothing"))
    store.close()
    again = opened(folder)
    (kept,) = again.load(number).turns
    assert kept.clips == (StoredClip("1.wav", "where is the mug"), StoredClip("2.wav", ""))
    assert kept.asked == "where is the mug"
    assert again.corrected()[0].clips == kept.clips
    assert [len(again.search(words)) for words in ("where mug", "nothing", "cup")] == [1, 1, 0]
    with pytest.raises(StoreError, match="no longer there"):
        again.hear("z", {"1.wav": "x"})
    again.close()


def test_a_title_takes_the_place_of_the_one_it_is_for_alone(store: Conversations) -> None:
    number = begin(store, "Spoken question")
    store.rename(number, "where is the mug", instead_of="Spoken question")
    store.rename(number, "no", instead_of="Spoken question")
    assert [found.title for found in store.search("mug")] == ["where is the mug"]


def test_branches_and_the_one_that_is_shown_are_kept(store: Conversations) -> None:
    number = begin(store, "Branches")
    for name, parent in (("a", None), ("b", "a"), ("c", "a")):
        store.add(number, turn(name, parent=parent))
    assert store.load(number).leaf == "c"
    store.show(number, "b")
    loaded = store.load(number)
    assert loaded.leaf == "b"
    assert [(t.id, t.parent) for t in loaded.turns] == [("a", None), ("b", "a"), ("c", "a")]


def test_a_picture_that_was_kept_later_is_found_under_its_name(store: Conversations) -> None:
    number = begin(store, "Later")
    store.add(number, turn("a", picture="/home/a/cat.png"))
    store.kept("/home/a/cat.png", "1f.png")
    assert store.load(number).turns[0].picture == "1f.png"


def test_an_answer_that_nobody_asked_for_is_refused(store: Conversations) -> None:
    with pytest.raises(StoreError, match="no longer there"):
        store.grow("unknown", Piece("x"))


def test_half_of_a_conversation_is_never_brought_in(store: Conversations) -> None:
    twice = StoredConversation("Twice", (turn("a"), turn("a")), "a")
    with pytest.raises(StoreError):
        store.begin(twice)
    assert store.page() == []
    number = store.begin(StoredConversation("Once", (turn("a", "whiskers"),), "a"))
    assert store.load(number).leaf == "a"
    assert [found.title for found in store.search("whiskers")] == ["Once"]


def test_a_corrected_answer_is_kept_and_found_and_may_be_set_back(
    store: Conversations, folder: Path
) -> None:
    number = begin(store, "Cats")
    store.add(number, turn("a", answer="a dog"))
    correction = Correction("two cats", (CAT, GroundedBox(CAT.box, image=2)))
    store.correct("a", correction)
    store.close()
    again = opened(folder)
    (kept,) = again.load(number).turns
    assert (kept.correction, kept.pieces) == (correction, (Piece("a dog"),))
    assert [piece.text for piece in kept.shown] == ["two cats", "", ""]
    assert [len(again.search(words)) for words in ("two cats", "dog")] == [1, 0]
    assert [found.id for found in again.corrected()] == ["a"]
    again.correct("a", None)
    assert again.load(number).turns[0].shown == (Piece("a dog"),)
    assert [len(again.search(words)) for words in ("two cats", "dog")] == [0, 1]
    with pytest.raises(StoreError, match="no longer there"):
        again.correct("z", None)
    again.close()


def test_a_long_answer_is_kept_in_rows_that_stay_short(store: Conversations) -> None:
    number = begin(store, "Numbers")
    store.add(number, turn("a", state="running"))
    for _ in range(3 * ROOM):
        store.grow("a", Piece("字"))
    (kept,) = store.load(number).turns
    assert [piece.text for piece in kept.pieces] == ["字" * ROOM] * 3
