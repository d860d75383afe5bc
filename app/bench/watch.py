"""The event loop, watched from inside: how long anything that a person does would have waited."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter, thread_time

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, SignalInstance

TICK_MS = 2
LIMIT_MS = 120_000


@dataclass(frozen=True, slots=True)
class Stall:
    """Milliseconds in which the window did nothing else, and how much of them was this thread's own
    work: the rest it waited, for a lock or for a processor that others had."""

    ms: float = 0.0
    work_ms: float = 0.0


class LoopWatch(QObject):
    """Looks at the clock every two milliseconds while it is entered; lives on the GUI thread.

    `longest` is the longest stall since then, and the most work in one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.longest = Stall()
        self._ticks = QTimer(self)
        self._ticks.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self._tick)

    def __enter__(self) -> LoopWatch:
        self.longest = Stall()
        self._at, self._worked = perf_counter(), thread_time()
        self._ticks.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._tick()
        self._ticks.stop()

    def _tick(self) -> None:
        at, worked = perf_counter(), thread_time()
        self.longest = Stall(
            max(self.longest.ms, (at - self._at) * 1000 - TICK_MS),
            max(self.longest.work_ms, (worked - self._worked) * 1000),
        )
        self._at, self._worked = at, worked


def pause(ms: int) -> None:
    """Let the loop run for so long."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop, loop.quit)
    loop.exec()


def until(signal: SignalInstance) -> None:
    """Let the loop run until the signal comes. Raises TimeoutError after two minutes."""
    loop = QEventLoop()
    came: list[bool] = []

    def quit_loop(*_values: object) -> None:
        came.append(True)
        loop.quit()

    signal.connect(quit_loop)
    QTimer.singleShot(LIMIT_MS, loop, loop.quit)
    loop.exec()
    signal.disconnect(quit_loop)
    if not came:
        raise TimeoutError(f"The window did nothing for {LIMIT_MS // 1000} seconds.")
