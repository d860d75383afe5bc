"""The files of a start, the first or a later one: pictures are shown, a model is offered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt

from app.main_window import MainWindow
from app.second_start import Handed
from app.settings.store import SettingsStore


class Opener(QObject):
    """Brings files into the window, as long as there is one; lives on the GUI thread.

    A model among them, and one that is dropped on the window, is offered.
    """

    def __init__(self, window: MainWindow, store: SettingsStore) -> None:
        super().__init__(window)
        self._window = window
        self._store = store
        window.model_brought.connect(self._offer)

    def open(self, files: Sequence[Path]) -> bool:
        """Bring the pictures and offer the first model; whether there was a picture."""
        return self._window.bring(files)

    def _offer(self, folder: Path) -> None:
        # Here, since most windows are never shown one.
        from app.models.offer import offer_model

        offer_model(folder, self._store, self._window)

    def take(self, handed: Handed) -> None:
        """What a second start handed over: the window comes to the front with it."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        self.open(handed.files)
