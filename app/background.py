"""Work away from the GUI thread: a callable runs in a worker, what it gives comes back here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

T = TypeVar("T")


class _Job(QRunnable):
    """One piece of work; `done` is called in the worker thread with what came of it."""

    def __init__(self, work: Callable[[], object], done: Callable[[object], None]) -> None:
        super().__init__()
        self._work = work
        self._done = done

    def run(self) -> None:
        outcome = self._work()
        # Where the window was closed meanwhile, nobody waits for it any more.
        with suppress(RuntimeError):
            self._done(outcome)


class Background(QObject):
    """Runs work in threads of its own, `threads` at most (0: one a core); lives on the GUI thread.
    The work must not raise."""

    _done = Signal(object, object)

    def __init__(self, parent: QObject | None = None, *, threads: int = 0) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        if threads:
            self._pool.setMaxThreadCount(threads)
        self._done.connect(_finish)

    def run(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Start `work` in a worker thread; `done` gets what it returns, on this thread."""
        self._pool.start(_Job(work, lambda outcome: self._done.emit(done, outcome)))


def _finish(done: Callable[[object], None], outcome: object) -> None:
    done(outcome)
