"""Small versions of pictures, read in a worker thread and kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.background import Background
from app.pictures import picture_or_sentence

PIXELS = 60_000


class Thumbnails(QObject):
    """Lives on the GUI thread.

    Signals:
        made(Path, QImage): a small version is there.
        failed(Path, str): the picture can't be read, with one sentence.
    """

    made = Signal(object, QImage)
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # One after another: a conversation of many pictures must not slow down what is looked at.
        self._background = Background(self, threads=1)

    def load(self, path: Path) -> None:
        """Start reading; one of the signals follows."""
        self._background.run(
            lambda: picture_or_sentence(path, most_pixels=PIXELS),
            lambda outcome: self._finish(path, outcome),
        )

    def _finish(self, path: Path, outcome: QImage | str) -> None:
        if isinstance(outcome, QImage):
            self.made.emit(path, outcome)
        else:
            self.failed.emit(path, outcome)
