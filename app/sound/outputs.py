"""A loudspeaker is opened as it can be, and asks for sound at the rate that it takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from app.sound.devices import SoundError, Speaker, portaudio
from app.sound.inputs import FEW, REFUSED_FORMATS, USUAL_RATES
from app.sound.streams import OPEN
from app.texts import translate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TICKS = 20  # times a second that it asks for sound

Fill = Callable[[int], "npt.NDArray[np.float32]"]
"""Gives so many mono samples, -1 to 1; fewer where the sound ends."""


class Output:
    """An open loudspeaker.

    `sound_at` gives for a rate what fills it, `ended` is called when it ends by itself: both may be
    called in PortAudio's threads, which may still run when the window is taken down; not once it is
    closed.
    """

    _live = False
    _stream: Any = None

    def __init__(self, sound_at: Callable[[int], Fill], ended: Callable[[], None]) -> None:
        self._sound_at = sound_at
        self._ended = ended

    def open(self, device: Speaker) -> None:
        """Play. Raises SoundError, one sentence for the person, where that can't be."""
        sound = portaudio()
        self._live = True
        own = int(sound.query_devices(device.number)["default_samplerate"])
        rates = list(dict.fromkeys((own, *USUAL_RATES)))
        try:
            for rate in rates:
                try:
                    self._stream = OPEN.open(partial(self._make, device, rate))
                    return
                except sound.PortAudioError as error:
                    if rate == rates[-1] or error.args[-1] not in REFUSED_FORMATS:
                        raise
        except sound.PortAudioError as error:
            self._live = False
            refused = translate("sound", "The loudspeaker {name} can't be used: {reason}.")
            sentence = refused.format(name=device.name, reason=error.args[0])
            raise SoundError(sentence) from error

    def close(self) -> None:
        """Play no longer, if it was ever opened."""
        self._live = False
        if self._stream is not None:
            OPEN.close(self._stream)

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

    def _finished(self) -> None:
        # One that could not be started is closed before it is anybody's.
        if self._live and self._stream is not None:
            self._ended()
