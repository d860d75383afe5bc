"""A microphone is opened as it can be: at its own rate and with its own channels, if need be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from app.sound.devices import Microphone, portaudio
from app.sound.line import USUAL_RATES, Line
from app.texts import translate

FEW = 2  # channels that are asked for first: a device may claim dozens, and repeat two in them


class Input(Line):
    """An open microphone of signed 16-bit samples at `rate`, its `channels` beside each other.

    `hear` gets what comes in, like `ended` in PortAudio's threads.
    """

    rate = 0
    channels = 0

    def __init__(self, hear: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        super().__init__(ended)
        self._hear = hear

    def open(self, device: Microphone, *, ticks: int) -> None:
        """Hear it, `ticks` times a second.

        Raises SoundError, one sentence for the person, where that can't be.
        """
        refused = translate("sound", "The microphone {name} can't be used: {reason}.")
        self.open_first(self._ways(device, ticks), device.name, refused)

    def _ways(self, device: Microphone, ticks: int) -> Iterator[Callable[[], Any]]:
        for rate, channels in _formats(device):
            yield partial(self._make, device, rate, channels, ticks)

    def _make(self, device: Microphone, rate: int, channels: int, ticks: int) -> Any:
        self.rate, self.channels = rate, channels
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


def _formats(device: Microphone) -> list[tuple[int, int]]:
    """Rates and numbers of channels to try, the best first."""
    own = int(portaudio().query_devices(device.number)["default_samplerate"])
    few = min(device.channels, FEW)
    first = [(own, few), (own, device.channels)]
    return list(dict.fromkeys([*first, *((rate, few) for rate in USUAL_RATES)]))
