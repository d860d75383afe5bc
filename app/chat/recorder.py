"""Keeps the conversation while it happens, and brings a kept one back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.chat.conversation import Turn, TurnState
from app.chat.spans import answer_text, corrected_text
from app.store.archive import Archive
from app.store.errors import StoreError
from app.texts import marked, translate
from app.wording import conversation_title
from engine.prompt.tasks import TASKS, Task
from engine.types import BoxFound, TextDelta

if TYPE_CHECKING:
    from app.store.conversations import Conversations
    from app.store.records import StoredTurn

_ENDED = {state.value: state for state in TurnState if state.over}
_ENDED_FIRST = marked("chat", "Sightline ended before the answer was complete.")


class Recorder:
    """The controller's journal. What can't be kept is told as one sentence to `failed`, and the
    conversation goes on; `changed` is called when the list of conversations did."""

    def __init__(self, archive: Archive) -> None:
        self.number: int | None = None
        self.failed: Callable[[str], None] = lambda _sentence: None
        self.changed: Callable[[], None] = lambda: None
        self._archive = archive
        self._kept: set[str] = set()
        self._names: dict[Path, str] = {}

    def open(self, number: int, tasks: Mapping[str, Task]) -> tuple[list[Turn], str | None]:
        """The turns of a kept conversation, which is the one that goes on, and its shown end.

        Raises StoreError.
        """
        stored = self._archive.conversations.load(number)
        self.began()
        self.number = number
        self._kept = {turn.id for turn in stored.turns}
        names = {turn.picture for turn in stored.turns if turn.picture}
        names |= {clip.name for turn in stored.turns for clip in turn.clips}
        paths = {name: self._archive.attachments.path(name) for name in names}
        return [restored(turn, paths, tasks) for turn in stored.turns], stored.leaf

    def picture_kept(self, path: Path, name: str) -> None:
        """The file of a picture is an attachment of this name now."""
        self._names[path] = name
        self._try(lambda store: store.kept(str(path), name))

    def name_of(self, path: Path) -> str:
        """How a picture is called in the store: the attachment, or the file that it still is."""
        name = self._archive.attachments.name(path) or self._names.get(path)
        return name or str(path.absolute())

    # Journal

    def kept(self, clip: Path) -> Path:
        """Move what was recorded to the attachments; where that can't be, it stays what it is."""
        attachments = self._archive.attachments
        try:
            kept = attachments.path(attachments.keep(clip))
        except StoreError as error:
            self.failed(str(error))
            return clip
        with suppress(OSError):
            clip.unlink()
        return kept

    def began(self) -> None:
        self.number = None
        self._kept.clear()

    def dropped(self, clip: Path) -> None:
        """A recording is not to be sent: it goes, unless a question that was asked has it."""
        name = self._archive.attachments.name(clip)
        if name is not None:
            self._try(lambda store: store.drop(name))

    def asked(self, turn: Turn) -> None:
        from app.store.records import StoredConversation

        kept = self._stored(turn)

        def write(store: Conversations) -> None:
            if self.number is None:
                title = _title(turn)
                self.number = store.begin(StoredConversation(title, (kept,), turn.id))
            else:
                store.add(self.number, kept)
            self._kept.add(turn.id)

        self._try(write)
        self.changed()

    def said(self, turn: Turn, piece: TextDelta | BoxFound) -> None:
        from app.store.records import Piece

        said = Piece(piece.text) if isinstance(piece, TextDelta) else Piece(box=piece.box)
        if turn.id in self._kept:
            self._try(lambda store: store.grow(turn.id, said))

    def ended(self, turn: Turn) -> None:
        if turn.id in self._kept:
            self._try(lambda store: store.end(self._stored(turn)))

    def corrected(self, turn: Turn) -> None:
        if turn.id in self._kept:
            self._try(lambda store: store.correct(turn.id, turn.correction))

    def heard(self, turn: Turn) -> None:
        number = self.number
        if turn.id not in self._kept or number is None or not turn.heard:
            return
        names = {self.name_of(clip): words for clip, words in turn.heard.items()}

        def write(store: Conversations) -> None:
            store.hear(turn.id, names)
            if turn.parent is None:
                unheard = _title(replace(turn, heard={}))
                store.rename(number, _title(turn), instead_of=unheard)

        self._try(write)
        self.changed()

    def showed(self, turn: Turn) -> None:
        number = self.number
        if number is not None:
            self._try(lambda store: store.show(number, turn.id))

    def _stored(self, turn: Turn) -> StoredTurn:
        from app.store.records import StoredClip, StoredTurn

        return StoredTurn(
            id=turn.id,
            parent=turn.parent,
            task=turn.task,
            words=turn.words,
            picture=self.name_of(turn.picture) if turn.picture else None,
            attached=turn.attached,
            state=turn.state.value,
            raw=turn.raw,
            notes=tuple(turn.notes),
            tokens=turn.tokens,
            region=turn.region,
            correction=turn.correction,
            clips=tuple(
                StoredClip(self.name_of(clip), turn.heard.get(clip)) for clip in turn.clips
            ),
            transcribed=turn.transcribed,
        )

    def _try(self, write: Callable[[Conversations], None]) -> None:
        try:
            store = self._archive.conversations
            if not store.notice:
                write(store)
        except StoreError as error:
            self.failed(str(error))


def _title(turn: Turn) -> str:
    """What a conversation that begins with this turn is called."""
    return conversation_title(turn.task, turn.asked, turn.picture, spoken=turn.spoken)


def restored(turn: StoredTurn, paths: Mapping[str, Path], tasks: Mapping[str, Task]) -> Turn:
    """A kept turn as the window shows it; one that was still open when it was kept is cut off.

    `paths` are the files of the pictures and recordings by their names in the store.
    """
    state = _ENDED.get(turn.state, TurnState.CUT_OFF)
    notes = list(turn.notes)
    if state is TurnState.CUT_OFF and not notes:
        notes.append(translate("chat", _ENDED_FIRST))
    task = tasks.get(turn.task, TASKS["chat"])
    answer = answer_text(task, turn.words)
    for piece in turn.pieces:
        answer.add_text(piece.text)
        if piece.box is not None:
            answer.add_box(piece.box)
    answer.finish()
    corrected = turn.correction and corrected_text(task, turn.words, turn.correction)
    return Turn(
        id=turn.id,
        task=turn.task,
        words=turn.words,
        picture=paths[turn.picture] if turn.picture else None,
        attached=turn.attached,
        answer=corrected or answer,
        written=answer if corrected else None,
        correction=turn.correction,
        region=turn.region,
        parent=turn.parent,
        state=state,
        raw=turn.raw or "".join(piece.text for piece in turn.pieces),
        notes=notes,
        tokens=turn.tokens,
        clips=tuple(paths[clip.name] for clip in turn.clips),
        transcribed=turn.transcribed,
        heard={paths[clip.name]: clip.heard for clip in turn.clips if clip.heard is not None},
    )
