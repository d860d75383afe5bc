"""A device is opened in the first way in which that goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.sound.devices import SoundError, portaudio
from app.sound.streams import OPEN

USUAL_RATES = (48_000, 44_100, 16_000)  # for a device that does not take its own
_REFUSED_FORMATS = (-9997, -9998)  # PortAudio's codes: not at this rate, not with these channels


class Line:
    """An open device. `ended` is called when it ends by itself: in PortAudio's threads, which may
    still run when the window is taken down, and not once it is closed."""

    _live = False
    _stream: Any = None

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended

    def open_first(self, ways: Iterable[Callable[[], Any]], name: str, refused: str) -> None:
        """Open it in the first of the ways in which that goes.

        The device is looked at when the first of them is.

        Raises SoundError with the sentence `refused`, its {name} and {reason} filled in.
        """
        sound = portaudio()
        self._live = True
        try:
            *others, last = ways
            for make in others:
                try:
                    self._stream = OPEN.open(make)
                except sound.PortAudioError as error:
                    if error.args[-1] not in _REFUSED_FORMATS:
                        raise
                else:
                    return
            self._stream = OPEN.open(last)
        except sound.PortAudioError as error:
            self._live = False
            raise SoundError(refused.format(name=name, reason=error.args[0])) from error

    def close(self) -> None:
        """Have done with it, if it was ever opened."""
        self._live = False
        if self._stream is not None:
            OPEN.close(self._stream)

    def _finished(self) -> None:
        # One that could not be started is closed before it is anybody's.
        if self._live and self._stream is not None:
            self._ended()
