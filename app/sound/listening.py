"""A microphone is listened to: how loud it is, many times a second. Nothing is kept.

PortAudio must not look for devices while it records, so all of it is done in one worker thread.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from math import log10

from PySide6.QtCore import QObject, Signal

from app.background import Background, living, post
from app.sound.devices import SoundError, chosen, microphones
from app.sound.inputs import Input
from app.texts import translate

TICKS = 20  # times a second that the loudness is told
QUIETEST_DB = -60.0  # what counts as nothing
_LOUDEST = 32_768


class _Ear:
    """What PortAudio's threads call of an open microphone; deaf from the moment it is stopped.

    Those threads may still run when the window is taken down: without an owner, and also when its
    fields are gone, it leaves Qt alone.
    """

    owner: Listening | None = None
    name = ""

    def __init__(self, owner: Listening, name: str) -> None:
        self.owner = owner
        self.name = name
        self._input = Input(self.hear, self.end)

    def hear(self, sound: bytes) -> None:
        if self.owner is not None:
            post(self._heard, loudness(sound))

    def end(self) -> None:
        if self.owner is not None:
            post(self._ended)

    def _heard(self, share: float) -> None:
        if (owner := living(self.owner)) is not None:
            owner.loud.emit(share)

    def _ended(self) -> None:
        if (owner := living(self.owner)) is not None:
            owner.gone(self)

    def open(self, name: str | None) -> str:
        """Hear the microphone of that name; gives a sentence where it can't. In the worker thread,
        like all that PortAudio does."""
        try:
            device = chosen(name)
            self.name = device.name
            self._input.open(device, ticks=TICKS)
        except SoundError as error:
            return str(error)
        return ""

    def close(self) -> None:
        """End the stream, if one was opened; in the worker thread."""
        self._input.close()


class Listening(QObject):
    """Opens a microphone away from the GUI thread, on which it lives.

    Signals:
        loud(float): the loudest since the last time, 0 (nothing) to 1 (as loud as can be).
        failed(str): it could not be opened, or is gone, with one sentence; it listens no longer.
    """

    loud = Signal(float)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self, threads=1)
        self._ear: _Ear | None = None

    def find(self, done: Callable[[tuple[str, ...] | str], None]) -> None:
        """Tell `done` the names of the microphones, or in one sentence why there are none.

        Not while it listens.
        """
        self._background.run(_names, done)

    def start(self, name: str | None) -> None:
        """Listen to the microphone of that name; None is the system's own."""
        if self._ear is None:
            ear = self._ear = _Ear(self, name or "")
            self._background.run(lambda: ear.open(name), lambda said: self._opened(said, ear))

    def stop(self) -> None:
        """Listen no longer."""
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.owner = None
            # After it was opened and before anything else is, whatever this thread knows by now.
            self._background.run(ear.close, lambda _: None)

    def _opened(self, sentence: str, ear: _Ear) -> None:
        if sentence and ear is self._ear:
            self._ear = None
            self.failed.emit(sentence)

    def gone(self, ear: _Ear) -> None:
        """A stream ended by itself; on the GUI thread."""
        if ear is self._ear:
            self.stop()
            gone = translate("sound", "The microphone {name} is gone.")
            self.failed.emit(gone.format(name=ear.name))


def _names() -> tuple[str, ...] | str:
    try:
        return tuple(each.name for each in microphones())
    except SoundError as error:
        return str(error)


def loudness(samples: bytes) -> float:
    """Of signed 16-bit samples the largest, in decibels from `QUIETEST_DB` (0) to the most (1)."""
    values = array("h", samples)
    peak = max((abs(value) for value in values), default=0)
    if not peak:
        return 0.0
    return min(1.0, max(0.0, 1 - 20 * log10(peak / _LOUDEST) / QUIETEST_DB))
