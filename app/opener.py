"""The files of a start, the first or a later one: pictures are shown, a model is offered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from app.main_window import MainWindow
from app.second_start import Handed

if TYPE_CHECKING:
    from app.models.manager import ModelManager


class Opener(QObject):
    """Brings files into the window, as long as there is one; lives on the GUI thread.

    A model among them, and one that is dropped on the window, is offered: `models` gives who does
    that, and is asked with the first one.
    """

    def __init__(self, window: MainWindow, models: Callable[[], ModelManager]) -> None:
        super().__init__(window)
        self._window = window
        window.models_brought.connect(lambda paths: models().bring(paths))

    def open(self, files: Sequence[Path]) -> bool:
        """Bring the pictures and offer the model; whether there was a picture."""
        return self._window.bring(files)

    def take(self, handed: Handed) -> None:
        """What a second start handed over: the window comes to the front with it."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        self.open(handed.files)
