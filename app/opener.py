"""The files of a start, the first or a later one: pictures are shown, a model is offered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt

from app.main_window import MainWindow
from app.second_start import Handed
from app.settings.store import SettingsStore


class Opener(QObject):
    """Brings files into the window, as long as there is one; lives on the GUI thread."""

    def __init__(self, window: MainWindow, store: SettingsStore) -> None:
        super().__init__(window)
        self._window = window
        self._store = store

    def open(self, files: Sequence[Path]) -> bool:
        """Bring the pictures and offer the first model; whether there was a picture."""
        # Here, since most starts are without a file.
        from app.models.offer import bundle_of, offer_model

        bundles = [folder for path in files if (folder := bundle_of(path)) is not None]
        pictures = [path for path in files if bundle_of(path) is None]
        if pictures:
            self._window.bring(pictures)
        if bundles:
            offer_model(bundles[0], self._store, self._window)
        return bool(pictures)

    def take(self, handed: Handed) -> None:
        """What a second start handed over: the window comes to the front with it."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        self.open(handed.files)
