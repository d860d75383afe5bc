"""What a killed window had told, held against what its store has: nothing may be missing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.chat.conversation import Turn, TurnState
from app.chat.recorder import restored
from app.store.archive import FILE, Archive
from app.store.records import StoredConversation
from app.store.search import spread
from engine.prompt.tasks import TASKS
from tests.support.kills.told import Ended, More, Resumed, Seen, Sent, Told, Walks

EVERYTHING = 10**6  # conversations


@dataclass(slots=True)
class Books:
    """Keeps what a window told, over all its lives in one data folder, and what was found wrong.

    `sent` are the questions that were shown as sent, `found` those that were there after the last
    kill. `halves` are answers that were killed with words of theirs on the screen. `starts` follow
    a kill and came as far as showing something, `offers` are those that offered to go on.
    """

    sent: set[str] = field(default_factory=set)
    found: int = 0
    halves: int = 0
    halves_marked: int = 0
    checks: int = 0
    sound: int = 0
    starts: int = 0
    offers: int = 0
    faults: list[str] = field(default_factory=list)
    _turns: dict[str, Seen] = field(default_factory=dict)
    _open: dict[str, str] = field(default_factory=dict)
    _ends: set[str] = field(default_factory=set)  # turns that the shown branch may end at
    _leaf: str | None = None

    def take(self, told: Told) -> None:
        """Note what the window tells."""
        match told:
            case Sent(turn=turn):
                self.sent.add(turn.id)
                self._turns[turn.id], self._open[turn.id], self._ends = turn, "", {turn.id}
            case More(id=turn_id, text=text):
                self._open[turn_id] += text
            case Ended(turn=turn):
                self._turns[turn.id] = turn
                del self._open[turn.id]
            case Walks(id=turn_id):
                self._ends.add(turn_id)

    def check_store(self, folder: Path) -> None:
        """Hold the store, as the kill left it, against what was told. It is not touched itself."""
        with TemporaryDirectory() as name:
            copy = Path(name)
            for file in folder.glob(f"{FILE}*"):
                shutil.copyfile(file, copy / file.name)
            if not (copy / FILE).exists():
                self._say(not self.sent, "there is no database")
                return
            self.checks += 1
            unsound = faults_of(copy / FILE)
            self.sound += not unsound
            self._say(not unsound, f"the database: {unsound}")
            with closing(Archive(copy)) as archive:
                store = archive.conversations
                kept = [store.load(row.number) for row in store.page(count=EVERYTHING)]
                told = [turn for conversation in kept for turn in conversation.turns]
                paths = {t.picture: archive.attachments.path(t.picture) for t in told if t.picture}
                turns = {turn.id: restored(turn, paths, TASKS) for turn in told}
        self._check_turns(turns)
        self._check_shown(kept)

    def check_start(self, resumed: Resumed) -> None:
        """Hold what the next start shows against what was told and found in the store."""
        end = resumed.turns[-1].id if resumed.turns else None
        self._say(end == self._leaf, f"the start shows {end} in the place of {self._leaf}")
        for seen in resumed.turns:
            known = self._turns.setdefault(seen.id, seen)
            same = (known.words, known.text, known.state) == (seen.words, seen.text, seen.state)
            self._say(same, f"the start shows {seen} for {known}")
        offered = resumed.writable
        if resumed.turns:
            last = resumed.turns[-1]
            marked = last.state != TurnState.CUT_OFF.value or "Cut off." in last.note
            offered = offered and last.again and marked
        self._say(offered, f"the start does not offer to go on: {resumed.turns[-1:]}")
        self.starts += 1
        self.offers += offered

    def _check_turns(self, turns: dict[str, Turn]) -> None:
        self.found = len(self.sent & turns.keys())
        for turn_id, told in self._turns.items():
            kept = turns.get(turn_id)
            if kept is None:
                self._say(False, f"the question {told} is lost")
                continue
            asked = (kept.parent, kept.task, kept.words)
            self._say(asked == (told.parent, told.task, told.words), f"{told} is kept as {asked}")
            if turn_id in self._open:
                self._check_half(self._open.pop(turn_id), kept)
                self._turns[turn_id] = replace(told, text=kept.answer.text, state=kept.state.value)
            else:
                is_kept = (kept.answer.text, kept.state.value)
                self._say(is_kept == (told.text, told.state), f"{told} is kept as {is_kept}")

    def _check_half(self, told: str, kept: Turn) -> None:
        """An answer that was open when the window was killed, of which `told` was shown.

        More of it, and its end, may have been kept already, and just not have been shown.
        """
        text = kept.answer.text
        self._say(text.startswith(told), f"of {told!r} there is {text!r}")
        if not told:
            return
        self.halves += 1
        marked = kept.state is not TurnState.CUT_OFF or bool(kept.notes)
        self._say(kept.state.over and marked, f"{text!r} is not marked: {kept.state}")
        self.halves_marked += kept.state.over and marked

    def _check_shown(self, kept: list[StoredConversation]) -> None:
        """The conversation that was used last ends where the window showed its end, or at a
        question that was kept and just not shown yet."""
        self._leaf = kept[0].leaf if kept else None
        fine = self._leaf not in self._turns or self._leaf in self._ends
        self._say(fine, f"the conversation ends at {self._leaf}, not at one of {self._ends}")
        self._ends = {self._leaf} if self._leaf else set()

    def _say(self, fine: bool, fault: str) -> None:
        if not fine:
            self.faults.append(fault[:2000])


def faults_of(path: Path) -> list[str]:
    """What SQLite's own checks of a database find: its pages, its references, its index."""
    with closing(sqlite3.connect(path)) as db:
        db.create_function("spread", 1, spread, deterministic=True)
        integrity = [row[0] for row in db.execute("PRAGMA integrity_check")]
        faults = [text for text in integrity if text != "ok"]
        faults += [f"no parent for {row}" for row in db.execute("PRAGMA foreign_key_check")]
        if db.execute("PRAGMA user_version").fetchone()[0]:
            try:
                db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
            except sqlite3.DatabaseError as error:
                faults.append(f"the index: {error}")
        return faults
