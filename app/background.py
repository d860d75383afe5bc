"""Work away from the GUI thread: a callable runs in a worker, what it gives comes back here.

A thread never emits a signal of an object of the window, which may be taken down at that moment: Qt
then crashes, or waits for ever. It leaves what is to be done with `post`. (The one exception is the
engine's, which `engine_bridge` waits for before it goes.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import count
from typing import Any, TypeVar
from weakref import ref

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from shiboken6 import isValid

T = TypeVar("T")
_Q = TypeVar("_Q", bound=QObject)


class _Desk(QObject):
    """Where any thread may leave something to do for the GUI thread, on which it lives until the
    program ends."""

    _left = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._left.connect(self._do)

    def leave(self, act: Callable[[], None]) -> None:
        self._left.emit(act)

    def _do(self, act: Callable[[], None]) -> None:
        act()


_desk = cache(_Desk)


def post(act: Callable[..., None], *values: object) -> None:
    """Have the GUI thread call `act` with the values soon. May be called on any thread, once there
    is a `Background`; `act` must not belong to an object of Qt's."""
    _desk().leave(partial(act, *values))


def living(owner: _Q | None) -> _Q | None:
    """The object, where it was not taken down meanwhile. On the GUI thread."""
    return owner if owner is not None and isValid(owner) else None


class _Job(QRunnable):
    """One piece of work; `done` is called in the worker thread with what came of it."""

    def __init__(self, work: Callable[[], object], done: Callable[[object], None]) -> None:
        super().__init__()
        self._work = work
        self._done = done

    def run(self) -> None:
        self._done(self._work())


class Background(QObject):
    """Runs work in threads of its own, `threads` at most (0: one a core); lives on the GUI thread.
    The work must not raise."""

    def __init__(self, parent: QObject | None = None, *, threads: int = 0) -> None:
        super().__init__(parent)
        _desk()  # here, on the GUI thread
        self._pool = QThreadPool(self)
        if threads:
            self._pool.setMaxThreadCount(threads)
        self._numbers = count()
        self._waiting: dict[int, Callable[[Any], None]] = {}

    def run(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Start `work` in a worker thread; `done` gets what it returns, on this thread, unless this
        was taken down meanwhile."""
        number = next(self._numbers)
        self._waiting[number] = done
        self._pool.start(_Job(work, partial(post, _deliver, ref(self), number)))


def _deliver(to: ref[Background], number: int, outcome: object) -> None:
    background = living(to())
    if background is not None:
        background._waiting.pop(number)(outcome)
