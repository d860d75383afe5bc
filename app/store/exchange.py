"""A conversation as a file of its own: JSON that can be read back, or Markdown for people.

The JSON holds everything, branches, pictures and recordings (base64) too. The Markdown holds the
branch that is shown, its pictures and recordings in folders beside it, and nothing in it that a
viewer would fetch.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import uuid4

from app.store.attachments import Attachments
from app.store.errors import StoreError
from app.store.records import StoredConversation, StoredTurn
from app.texts import marked, translate
from engine.files import write_whole
from engine.grounding.geometry import Box
from engine.plain import PlainError, from_plain, to_plain

CORRECTED = marked("store", "Corrected by hand.")


@dataclass(frozen=True, slots=True)
class Exported:
    """What the JSON file holds; `pictures` and `recordings` are base64, by the names that the turns
    give them."""

    format: Literal["sightline conversation"]
    version: Literal[1]
    conversation: StoredConversation
    pictures: Mapping[str, str]
    recordings: Mapping[str, str] = field(default_factory=dict)


def write_json(conversation: StoredConversation, attachments: Attachments, path: Path) -> None:
    """Write all of a conversation. Raises StoreError."""
    turns = conversation.turns
    pictures = _contents((turn.picture for turn in turns if turn.picture), attachments)
    recordings = _contents((clip.name for turn in turns for clip in turn.clips), attachments)
    exported = Exported("sightline conversation", 1, conversation, pictures, recordings)
    _write(path, json.dumps(to_plain(exported), ensure_ascii=False, indent=1).encode())


def _contents(names: Iterable[str], attachments: Attachments) -> dict[str, str]:
    """The files of these names in base64."""
    return {
        name: base64.b64encode(_read(attachments.path(name))).decode()
        for name in dict.fromkeys(names)
    }


def read_json(path: Path, attachments: Attachments) -> StoredConversation:
    """A conversation that `write_json` wrote; its pictures and recordings are kept. Raises
    StoreError.

    Its turns get ids of their own, so that it may be read twice.
    """
    try:
        exported = from_plain(Exported, json.loads(_read(path)))
        files = {
            name: base64.b64decode(text, validate=True)
            for name, text in (*exported.pictures.items(), *exported.recordings.items())
        }
    except (PlainError, UnicodeDecodeError, json.JSONDecodeError, binascii.Error) as error:
        foreign = translate("store", "{name} is no conversation of Sightline's: {reason}.")
        raise StoreError(foreign.format(name=path.name, reason=error)) from error
    given = exported.conversation
    ids: dict[str, str] = {}
    for turn in given.turns:
        if turn.id in ids or (turn.parent is not None and turn.parent not in ids):
            damaged = translate("store", "{name} is damaged: turn {turn} has no place in it.")
            raise StoreError(damaged.format(name=path.name, turn=turn.id))
        ids[turn.id] = uuid4().hex
    names = {
        name: attachments.keep_content(content, Path(name).suffix).name
        for name, content in files.items()
    }
    turns = tuple(
        dataclasses.replace(
            turn,
            id=ids[turn.id],
            parent=ids[turn.parent] if turn.parent else None,
            # What the file does not bring itself is not looked for on this computer.
            picture=names.get(turn.picture) if turn.picture else None,
            clips=tuple(
                dataclasses.replace(clip, name=names[clip.name])
                for clip in turn.clips
                if clip.name in names
            ),
        )
        for turn in given.turns
    )
    return StoredConversation(given.title, turns, ids.get(given.leaf) if given.leaf else None)


def write_markdown(
    conversation: StoredConversation,
    attachments: Attachments,
    path: Path,
    *,
    label: Callable[[str], str],
) -> None:
    """Write the branch that is shown; `label` is what a task is called. Raises StoreError."""
    folder = path.with_name(f"{path.stem}-pictures")
    lines = [f"# {_harmless(conversation.title)}", ""]
    for turn in _branch(conversation):
        asked = turn.words if turn.task == "chat" else f"{label(turn.task)} {turn.words}"
        if turn.picture is not None and turn.attached:
            source = attachments.path(turn.picture)
            _write(folder / source.name, _read(source))
            lines += [f"![]({folder.name.replace(' ', '%20')}/{source.name})", ""]
        lines += _said(turn, attachments, path)
        lines += [f"**{_harmless(asked.strip())}**", ""] if asked.strip() else []
        if turn.region is not None:
            about = translate("store", "About the region {corners}.")
            lines += [about.format(corners=_corners(turn.region)), ""]
        lines += [_harmless("".join(piece.text for piece in turn.shown).strip()), ""]
        for box in filter(None, (piece.box for piece in turn.shown)):
            about = box.phrase or turn.words or translate("store", "here")
            lines.append(f"- {_harmless(about)}: {_corners(box.box)}")
        notes = turn.notes if turn.correction is None else (translate("store", CORRECTED),)
        lines += ["", *(f"*{_harmless(note)}*\n" for note in notes)]
    _write(path, ("\n".join(lines).rstrip() + "\n").encode())


def _said(turn: StoredTurn, attachments: Attachments, path: Path) -> Iterator[str]:
    """A turn's recordings, copied into a folder beside the file `path`, and what was heard."""
    folder = path.with_name(f"{path.stem}-recordings")
    for clip in turn.clips:
        source = attachments.path(clip.name)
        _write(folder / source.name, _read(source))
        name = translate("store", "Recording")
        yield f"[{name}]({folder.name.replace(' ', '%20')}/{source.name})"
        yield ""
        if clip.heard:
            heard = translate("store", "Heard: “{words}”").format(words=clip.heard)
            yield f"*{_harmless(heard)}*"
            yield ""
    if turn.transcribed:
        yield translate("store", "Written down from the recording:")
        yield ""


def _branch(conversation: StoredConversation) -> list[StoredTurn]:
    """The turns that lead to the one that was shown last."""
    turns = {turn.id: turn for turn in conversation.turns}
    at = turns.get(conversation.leaf or "")
    branch = []
    while at is not None:
        branch.append(at)
        at = turns.get(at.parent or "")
    return branch[::-1]


def _corners(box: Box) -> str:
    return ", ".join(f"{side:.2f}" for side in box.as_list())


def _harmless(text: str) -> str:
    """Text that a Markdown viewer shows, but neither fetches nor follows anything for."""
    return text.replace("<", "&lt;").replace("](", "]\\(").replace("![", "!\\[")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        broken = translate("store", "{name} can't be read: {reason}.")
        raise StoreError(broken.format(name=path.name, reason=error.strerror)) from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        broken = translate("store", "{path} can't be written: {reason}.")
        raise StoreError(broken.format(path=path, reason=error.strerror)) from error
