"""A WAV file that is read while it is still being written: 16 kHz, mono, 16 bits."""

from __future__ import annotations

import struct
from pathlib import Path

RATE = 16_000
SAMPLE_BYTES = 2
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


class GrowingWav:
    """Owns a new file, of which every sample is in its place as soon as it was written.

    Its header says that nothing is in it until the end. All of it may raise OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb")
        self._write(_header(0))

    def add(self, sound: bytes) -> None:
        """Signed 16-bit samples come behind those that are there."""
        self._write(sound)
        self.samples += len(sound) // SAMPLE_BYTES

    def finish(self, samples: int) -> None:
        """Keep so many samples from the beginning on, say so in the header, and close it."""
        self.samples = min(self.samples, samples)
        with self._file as file:
            file.truncate(_HEADER.size + self.samples * SAMPLE_BYTES)
            file.seek(0)
            file.write(_header(self.samples))

    def remove(self) -> None:
        """There is nothing to be kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._file.flush()


def _header(samples: int) -> bytes:
    size = samples * SAMPLE_BYTES
    whole = size + _HEADER.size - 8
    form = (16, 1, 1, RATE, RATE * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    return _HEADER.pack(b"RIFF", whole, b"WAVE", b"fmt ", *form, b"data", size)
