"""How fast a stage goes and how long it will take, told at most five times a second."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from engine.hub.progress import Progress, Stage

_BETWEEN_S = 0.2
_WINDOW_S = 10.0  # the rate is that of the last so many seconds

Tell = Callable[[Progress], None]


class Meter:
    """Counts the bytes of one stage after the other and tells how far it is.

    A stage's beginning is always told; `now` gives seconds.
    """

    def __init__(self, tell: Tell, *, now: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._now = now
        self._told_at = 0.0
        self._samples: deque[tuple[float, int]] = deque()
        self._stage: Stage = "check"
        self._file: str | None = None
        self._done = self._total = 0

    def begin(self, stage: Stage, total: int, *, done: int = 0) -> None:
        """A stage of `total` bytes begins, with `done` of them there already."""
        self._stage, self._file, self._done, self._total = stage, None, done, total
        self._samples = deque([(self._now(), done)])
        self._told_at = self._now()
        self._tell(self._progress())

    def work_on(self, file: str) -> None:
        """The bytes that come now are of this file."""
        self._file = file
        self._tell_in_time()

    def add(self, count: int) -> None:
        """So many bytes more are done; less, where some are of no use and come again."""
        self._done += count
        if count < 0:
            self._samples.clear()
        self._tell_in_time()

    def _tell_in_time(self) -> None:
        now = self._now()
        if now - self._told_at < _BETWEEN_S:
            return
        self._told_at = now
        self._samples.append((now, self._done))
        while len(self._samples) > 2 and self._samples[0][0] < now - _WINDOW_S:
            self._samples.popleft()
        self._tell(self._progress())

    def _progress(self) -> Progress:
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        rate = (after - before) / (last - first) if last > first else 0.0
        return Progress(
            stage=self._stage,
            file=self._file,
            done=self._done,
            total=self._total,
            rate=rate or None,
            left_s=(self._total - self._done) / rate if rate else None,
        )
