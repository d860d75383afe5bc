"""Sound files, read piece by piece from the beginning to the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

Frames = npt.NDArray[np.float32]
"""[n, channels], -1 to 1."""


def opened(path: Path) -> soundfile.SoundFile:
    """The file, to be closed. Raises OSError and soundfile.SoundFileError.

    libsndfile (1.2.2) loses its place in an MP3 with every seek, and the binding seeks behind each
    piece that it reads of a file that says that it can.
    """
    file = soundfile.SoundFile(path)
    file.seekable = lambda: False
    return file


def pieces(file: soundfile.SoundFile, size: int) -> Iterator[Frames]:
    """The rest of an open file in pieces of so many frames, the last shorter; damaged, it ends."""
    while True:
        try:
            piece: Frames = file.read(size, dtype="float32", always_2d=True)
        except soundfile.SoundFileError:
            return
        if len(piece):
            yield np.nan_to_num(piece)
        if len(piece) < size:
            return


def skip(file: soundfile.SoundFile, frames: int) -> None:
    """Go on so many frames further; takes a while in a long MP3, see `opened`."""
    if file.format != "MP3":
        file.seek(frames)
        return
    while frames > 0 and len(piece := file.read(min(frames, 1 << 16), dtype="float32")):
        frames -= len(piece)
