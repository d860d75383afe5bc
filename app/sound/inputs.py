"""A microphone is opened as it can be: at its own rate and with its own channels, if need be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from app.sound.devices import Microphone, SoundError, portaudio
from app.sound.streams import OPEN
from app.texts import translate

FEW = 2  # channels that are asked for first: a device may claim dozens, and repeat two in them
USUAL_RATES = (48_000, 44_100, 16_000)  # for a device that does not take its own
REFUSED_FORMATS = (-9997, -9998)  # PortAudio's codes: not at this rate, not with these channels


class Input:
    """An open microphone of signed 16-bit samples at `rate`, its `channels` beside each other.

    `hear` gets what comes in and `ended` is called when it ends by itself: both in PortAudio's
    threads, which may still run when the window is taken down, and not once it is closed.
    """

    rate = 0
    channels = 0
    _live = False
    _stream: Any = None

    def __init__(self, hear: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self._hear = hear
        self._ended = ended

    def open(self, device: Microphone, *, ticks: int) -> None:
        """Hear it, `ticks` times a second.

        Raises SoundError, one sentence for the person, where that can't be.
        """
        sound = portaudio()
        self._live = True
        try:
            for rate, channels in (formats := _formats(device)):
                try:
                    self._stream = OPEN.open(partial(self._make, device, rate, channels, ticks))
                    self.rate, self.channels = rate, channels
                    return
                except sound.PortAudioError as error:
                    if (rate, channels) == formats[-1] or error.args[-1] not in REFUSED_FORMATS:
                        raise
        except sound.PortAudioError as error:
            self._live = False
            refused = translate("sound", "The microphone {name} can't be used: {reason}.")
            sentence = refused.format(name=device.name, reason=error.args[0])
            raise SoundError(sentence) from error

    def close(self) -> None:
        """Hear it no longer, if it was ever opened."""
        self._live = False
        if self._stream is not None:
            OPEN.close(self._stream)

    def _make(self, device: Microphone, rate: int, channels: int, ticks: int) -> Any:
        return portaudio().RawInputStream(
            device=device.number,
            samplerate=rate,
            blocksize=rate // ticks,
            channels=channels,
            dtype="int16",
            callback=self._data,
            finished_callback=self._finished,
        )

    def _data(self, data: Any, *_: Any) -> None:
        if self._live:
            self._hear(bytes(data))

    def _finished(self) -> None:
        # One that could not be started is closed before it is anybody's.
        if self._live and self._stream is not None:
            self._ended()


def _formats(device: Microphone) -> list[tuple[int, int]]:
    """Rates and numbers of channels to try, the best first."""
    own = int(portaudio().query_devices(device.number)["default_samplerate"])
    few = min(device.channels, FEW)
    first = [(own, few), (own, device.channels)]
    return list(dict.fromkeys([*first, *((rate, few) for rate in USUAL_RATES)]))
