"""A conversation as a file: JSON there and back, Markdown that fetches nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.store.conversations import Conversations
from app.store.errors import StoreError
from app.store.exchange import read_json, write_json, write_markdown
from app.store.records import Correction, Piece, StoredClip, StoredConversation
from engine.grounding.geometry import Box
from engine.types import GroundedBox
from tests.unit.app.store.conftest import opened, turn

CAT = GroundedBox(Box(0.1, 0.2, 0.3, 0.4), "a cat", 0, 0, 5)
CORRECTION = Correction("a cat", (CAT, GroundedBox(CAT.box, image=1)))


@pytest.fixture
def talk(store: Conversations, tmp_path: Path) -> StoredConversation:
    """Two branches below a first turn that brings a picture; the second was spoken."""
    source = tmp_path / "cat.png"
    source.write_bytes(b"pixels")
    first = turn("a", "What is this?", picture=store.attachments.keep(source))
    first = dataclasses.replace(first, pieces=(Piece("a cat"), Piece(box=CAT)), region=CAT.box)
    wrong = dataclasses.replace(turn("b", "old", "a dog", parent="a"), correction=CORRECTION)
    said = tmp_path / "said.wav"
    said.write_bytes(b"samples")
    clip = StoredClip(store.attachments.keep(said), "anew")
    turns = (first, wrong, turn("c", "new", "words", parent="a", clips=(clip,)))
    return StoredConversation("Cats", turns, "c")


def _without_ids(conversation: StoredConversation) -> list[tuple[object, ...]]:
    ids = [turn.id for turn in conversation.turns]
    return [
        (
            *(t.words, t.pieces, t.picture, t.region, t.state, t.correction, t.clips),
            ids.index(t.parent) if t.parent else None,
        )
        for t in conversation.turns
    ]


def test_json_is_read_back_whole_on_another_computer(
    store: Conversations, talk: StoredConversation, tmp_path: Path
) -> None:
    path = tmp_path / "cats.json"
    write_json(talk, store.attachments, path)
    other = opened(tmp_path / "other")
    read = read_json(path, other.attachments)
    assert (read.title, _without_ids(read)) == (talk.title, _without_ids(talk))
    assert read.leaf == read.turns[2].id
    kept = read.turns[0].picture
    assert kept is not None
    assert other.attachments.path(kept).read_bytes() == b"pixels"
    assert other.attachments.path(read.turns[2].clips[0].name).read_bytes() == b"samples"
    numbers = [other.begin(read), other.begin(read_json(path, other.attachments))]
    assert [len(other.load(number).turns) for number in numbers] == [3, 3]
    other.close()


def test_a_picture_outside_of_the_file_is_not_looked_for(
    store: Conversations, tmp_path: Path
) -> None:
    private = tmp_path / "private.png"
    private.write_bytes(b"secret")
    path = tmp_path / "evil.json"
    spied = StoredClip(str(private))
    talk = StoredConversation("Evil", (turn("a", picture=str(private), clips=(spied,)),), "a")
    write_json(talk, store.attachments, path)
    plain = json.loads(path.read_text())
    plain["pictures"] = {"../../escaped.png": "cGl4ZWxz", "x./../y": "cGl4ZWxz"}
    plain["recordings"] = {"../../escaped.wav": "cGl4ZWxz"}
    path.write_text(json.dumps(plain))
    other = opened(tmp_path / "other")
    (read,) = read_json(path, other.attachments).turns
    assert (read.picture, read.clips) == (None, ())
    assert not list(tmp_path.rglob("escaped*"))
    other.close()


def _newer(plain: dict[str, Any]) -> None:
    plain["version"] = 2


def _orphan(plain: dict[str, Any]) -> None:
    plain["conversation"]["turns"][2]["parent"] = "nobody"


def _twin(plain: dict[str, Any]) -> None:
    plain["conversation"]["turns"][1]["id"] = "a"


def _no_picture(plain: dict[str, Any]) -> None:
    plain["pictures"] = {"a.png": "not base64!"}


@pytest.mark.parametrize("spoil", [_newer, _orphan, _twin, _no_picture])
def test_a_file_that_does_not_fit_is_refused_by_name(
    store: Conversations,
    talk: StoredConversation,
    tmp_path: Path,
    spoil: Callable[[dict[str, Any]], None],
) -> None:
    path = tmp_path / "cats.json"
    write_json(talk, store.attachments, path)
    plain = json.loads(path.read_text())
    spoil(plain)
    path.write_text(json.dumps(plain))
    with pytest.raises(StoreError, match=r"cats\.json is"):
        read_json(path, store.attachments)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"{}"])
def test_what_is_no_conversation_is_refused(
    store: Conversations, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "any.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"any\.json is no conversation"):
        read_json(path, store.attachments)


def test_markdown_has_the_shown_branch_its_picture_and_boxes(
    store: Conversations, talk: StoredConversation, tmp_path: Path
) -> None:
    path = tmp_path / "my cats.md"
    write_markdown(talk, store.attachments, path, label=str.capitalize)
    name, clip = talk.turns[0].picture, talk.turns[2].clips[0].name
    assert path.read_text() == (
        f"# Cats\n\n![](my%20cats-pictures/{name})\n\n**What is this?**\n\n"
        "About the region 0.10, 0.20, 0.30, 0.40.\n\na cat\n\n"
        "- a cat: 0.10, 0.20, 0.30, 0.40\n\n"
        f"[Recording](my%20cats-recordings/{clip})\n\n*Heard: “anew”*\n\n**new**\n\nwords\n"
    )
    assert (tmp_path / "my cats-recordings" / clip).read_bytes() == b"samples"
    assert (tmp_path / "my cats-pictures" / str(name)).read_bytes() == b"pixels"


def test_markdown_of_a_question_without_words_is_its_recording(
    store: Conversations, talk: StoredConversation, tmp_path: Path
) -> None:
    path = tmp_path / "a.md"
    spoken = dataclasses.replace(talk.turns[2], parent=None, words="")
    written = dataclasses.replace(
        spoken, id="d", parent="c", words="a <b>[x](y)", transcribed=True, clips=()
    )
    talk = StoredConversation("T", (spoken, written), "d")
    write_markdown(talk, store.attachments, path, label=str)
    text = path.read_text()
    assert "****" not in text and "anew”*\n\nwords\n" in text
    assert "Written down from the recording:\n\n**a &lt;b>[x]\\(y)**" in text


def test_a_file_of_before_there_were_corrections_is_read(
    store: Conversations, talk: StoredConversation, tmp_path: Path
) -> None:
    path = tmp_path / "cats.json"
    write_json(talk, store.attachments, path)
    plain = json.loads(path.read_text())
    for kept in plain["conversation"]["turns"]:
        del kept["correction"], kept["clips"], kept["transcribed"]
    del plain["recordings"]
    path.write_text(json.dumps(plain))
    read = read_json(path, store.attachments)
    assert [kept.correction for kept in read.turns] == [None] * 3


def test_markdown_has_the_corrected_answer(
    store: Conversations, talk: StoredConversation, tmp_path: Path
) -> None:
    path = tmp_path / "a.md"
    write_markdown(dataclasses.replace(talk, leaf="b"), store.attachments, path, label=str)
    text = path.read_text()
    assert "**old**\n\na cat\n\n- a cat: 0.10" in text
    assert "a dog" not in text
    assert text.endswith("*Corrected by hand.*\n")


def test_markdown_fetches_nothing_that_a_model_wrote(store: Conversations, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    written = '![x](http://a.invalid/b.png) <img src="file:///etc/passwd"> [y](http://a.invalid)'
    talk = StoredConversation("T", (turn("a", answer=written),), "a")
    write_markdown(talk, store.attachments, path, label=str)
    text = path.read_text()
    assert "](" not in text
    assert "<img" not in text


def test_a_place_that_cannot_be_written_is_said(
    store: Conversations, talk: StoredConversation, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="can't be written"):
        write_json(talk, store.attachments, tmp_path / "file" / "cats.json")
