"""PortAudio without a sound card: devices by name, and streams that hear what a test says."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

INVALID_RATE, INVALID_CHANNELS = -9997, -9998


class PortAudioError(Exception):
    """What the binding raises."""


class CallbackStop(Exception):
    """What a callback raises when there is no more sound."""


class FakePortAudio:
    """What the module `sounddevice` is; `streams` are those that were opened.

    `rate` is the devices' own. `refuses` is why none can be opened, `takes` which rates and
    numbers of channels can, all of them where it is empty. A `stuck` one never starts.
    """

    PortAudioError = PortAudioError
    CallbackStop = CallbackStop

    def __init__(self) -> None:
        self.outputs = {"speakers": 2}
        self.devices = [("speakers", 0), ("built in", 1), ("headset", 2), ("headset", 2)]
        self.default = SimpleNamespace(device=[2, 0])
        self.rate = 44_100
        self.takes: set[tuple[int, int]] = set()
        self.refuses = ""
        self.broken = False
        self.stuck = False
        self.looked = 0
        self.streams: list[Stream] = []

    def _terminate(self) -> None:
        assert all(stream.closed for stream in self.streams)

    def _initialize(self) -> None:
        self.looked += 1
        if self.broken:
            raise PortAudioError("Host error")

    def query_devices(self, number: int | None = None) -> Any:
        facts = [
            {
                "name": name,
                "max_input_channels": channels,
                "max_output_channels": self.outputs.get(name, 0),
                "default_samplerate": float(self.rate),
            }
            for name, channels in self.devices
        ]
        return facts if number is None else facts[number]

    def RawInputStream(self, **facts: Any) -> Stream:  # noqa: N802 - the binding's name
        return self._stream(facts)

    def RawOutputStream(self, **facts: Any) -> Stream:  # noqa: N802 - the binding's name
        return self._stream(facts)

    def _stream(self, facts: dict[str, Any]) -> Stream:
        if self.refuses:
            raise PortAudioError(self.refuses)
        asked = (facts["samplerate"], facts["channels"])
        if self.takes and asked not in self.takes:
            if asked[0] not in {rate for rate, _ in self.takes}:
                raise PortAudioError("Invalid sample rate", INVALID_RATE)
            raise PortAudioError("Invalid number of channels", INVALID_CHANNELS)
        self.streams.append(Stream(stuck=self.stuck, **facts))
        return self.streams[-1]


class Stream:
    """An open microphone or loudspeaker; it lives in another thread, as PortAudio's do."""

    def __init__(
        self,
        *,
        device: int,
        stuck: bool,
        callback: Callable[..., None],
        finished_callback: Callable[[], None],
        **facts: Any,
    ) -> None:
        self.device = device
        self.facts = facts
        self._closed = threading.Event()
        self._stuck = stuck
        self._callback = callback
        self._tell_end = finished_callback

    def start(self) -> None:
        """It hears from now on, unless it is stuck."""
        if self._stuck:
            raise PortAudioError("Timed out")

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def wait_closed(self, limit_s: float) -> bool:
        """Wait without an event loop; whether it is closed."""
        return self._closed.wait(limit_s)

    def close(self) -> None:
        self._closed.set()
        self._finish()

    def hear(self, *samples: int) -> None:
        """Samples come in."""
        self.hear_sound(array("h", samples))

    def hear_sound(self, samples: array[int]) -> None:
        """A length of sound comes in, in pieces of the size that was asked for."""
        piece = self.facts["blocksize"] * self.facts["channels"]

        def push() -> None:
            for at in range(0, len(samples), piece):
                self._hear(samples[at : at + piece])

        self._aside(push)

    def play(self, count: int) -> array[float]:
        """So many moments of what it plays, the channels beside each other."""
        out = bytearray(b"\xff" * 4 * count * self.facts["channels"])

        def pull() -> None:
            try:
                self._callback(out, count, None, None)
            except CallbackStop:
                self._finish()

        self._aside(pull)
        return array("f", bytes(out))

    def vanish(self) -> None:
        """The device is pulled out."""
        self._aside(self._finish)

    def _hear(self, samples: array[int]) -> None:
        self._callback(samples.tobytes(), len(samples) // self.facts["channels"], None, None)

    def _finish(self) -> None:
        told: object = self._tell_end()
        assert told is None  # the binding takes nothing else

    def _aside(self, act: Callable[[], object]) -> None:
        thread = threading.Thread(target=act)
        thread.start()
        thread.join()
