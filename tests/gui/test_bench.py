"""What the window's benchmark is made of; its figures are nobody's business here."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

from app.bench import watch
from app.bench.filling import LONGEST, TURNS, fill
from app.bench.watch import LoopWatch, pause, until
from app.store.archive import Archive


def test_the_folder_is_filled_with_conversations_and_a_longest_one(tmp_path: Path) -> None:
    fill(tmp_path, conversations=3, longest=2 * TURNS)
    with closing(Archive(tmp_path)) as archive:
        store = archive.conversations
        (longest,) = store.search(LONGEST)
        counts = {summary.number: len(store.load(summary.number).turns) for summary in store.page()}
    assert counts.pop(longest.number) == 2 * TURNS
    assert list(counts.values()) == [TURNS] * 3


@pytest.mark.usefixtures("qapp")
def test_work_between_two_turns_of_the_loop_is_seen() -> None:
    with LoopWatch() as loop:
        pause(5)
        quiet = loop.longest.work_ms
        QTimer.singleShot(0, loop, lambda: sum(range(3_000_000)))
        pause(5)
    assert loop.longest.work_ms > quiet
    assert loop.longest.ms > 0


def test_a_signal_that_never_comes_is_told(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LIMIT_MS", 1)
    timer = QTimer()
    with pytest.raises(TimeoutError):
        until(timer.timeout)
