"""Sound files that come into the window: read and kept in a worker thread."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.store.attachments import Attachments
from app.store.errors import StoreError
from app.voice.clip import Clip
from app.voice.peaks import ClipError, read_waveform

ENDINGS = (".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus")


def is_sound(path: Path) -> bool:
    """Whether the name is one of a sound file, also of a kind that can't be read."""
    kind, _ = mimetypes.guess_type(path.name)
    return path.suffix.lower() in ENDINGS or (kind or "").startswith("audio/")


class SoundArrivals(QObject):
    """Lives on the GUI thread.

    Signals:
        brought(Clip): this file is kept, and may go with a question.
        refused(str): a file is no recording that can be used, with one sentence.
    """

    brought = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QObject, attachments: Attachments) -> None:
        super().__init__(parent)
        self._attachments = attachments
        # One after the other, so that they stay in their order.
        self._background = Background(self, threads=1)

    def bring(self, path: Path) -> None:
        """Take a file."""
        self._background.run(lambda: _kept(path, self._attachments), self._finish)

    def _finish(self, outcome: Clip | str) -> None:
        if isinstance(outcome, Clip):
            self.brought.emit(outcome)
        else:
            self.refused.emit(outcome)


def _kept(path: Path, attachments: Attachments) -> Clip | str:
    try:
        seconds = read_waveform(path).seconds
        return Clip(attachments.path(attachments.keep(path)), seconds)
    except (ClipError, StoreError) as error:
        return str(error)
