"""A loudspeaker is opened as it can be, and asks for sound at the rate that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from app.sound.devices import Speaker, portaudio
from app.sound.inputs import FEW
from app.sound.line import USUAL_RATES, Line
from app.texts import translate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TICKS = 20  # times a second that it asks for sound

Fill = Callable[[int], "npt.NDArray[np.float32]"]
"""Gives so many mono samples, -1 to 1; fewer where the sound ends."""


class Output(Line):
    """An open loudspeaker.

    `sound_at` gives for a rate what fills it, like `ended` in PortAudio's threads.
    """

    def __init__(self, sound_at: Callable[[int], Fill], ended: Callable[[], None]) -> None:
        super().__init__(ended)
        self._sound_at = sound_at

    def open(self, device: Speaker) -> None:
        """Play. Raises SoundError, one sentence for the person, where that can't be."""
        refused = translate("sound", "The loudspeaker {name} can't be used: {reason}.")
        self.open_first(self._ways(device), device.name, refused)

    def _ways(self, device: Speaker) -> Iterator[Callable[[], Any]]:
        own = int(portaudio().query_devices(device.number)["default_samplerate"])
        for rate in dict.fromkeys((own, *USUAL_RATES)):
            yield partial(self._make, device, rate)

    def _make(self, device: Speaker, rate: int) -> Any:
        channels = min(device.channels, FEW)
        return portaudio().RawOutputStream(
            device=device.number,
            samplerate=rate,
            blocksize=rate // TICKS,
            channels=channels,
            dtype="float32",
            latency="high",
            callback=partial(self._data, self._sound_at(rate), channels),
            finished_callback=self._finished,
        )

    def _data(self, fill: Fill, channels: int, out: Any, frames: int, *_: Any) -> None:
        given = fill(frames).repeat(channels).tobytes() if self._live else b""
        out[: len(given)] = given
        out[len(given) :] = bytes(len(out) - len(given))
        if len(given) < len(out):
            raise portaudio().CallbackStop
