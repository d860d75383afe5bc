"""The ways by which pictures come into the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from app.background import Background
from app.capture.session import Capture
from app.incoming import kept_pixels, take
from app.pictures import FILE_FILTER, PictureError
from app.store.attachments import Attachments
from app.store.errors import StoreError
from app.texts import translate


class Arrivals(QObject):
    """Drop, paste, the file dialog and the screen; lives on the GUI thread.

    Signals:
        brought(list[Path]): these picture files are to be shown.
        refused(str): there was no picture, with one sentence.
    """

    brought = Signal(object)
    refused = Signal(str)

    def __init__(self, window: QWidget, attachments: Attachments) -> None:
        super().__init__(window)
        self._window = window
        self._attachments = attachments
        self._background = Background(self)
        self.capture = Capture(window)
        self.capture.taken.connect(self._captured)
        self.capture.refused.connect(self.refused)

    def use(self, mime: QMimeData) -> None:
        """Take the pictures of a drop or of the clipboard."""
        try:
            self._bring(take(mime))
        except PictureError as error:
            self.refused.emit(str(error))

    def paste(self) -> None:
        """Take the picture on the clipboard."""
        self.use(QGuiApplication.clipboard().mimeData())

    def choose(self) -> None:
        """Let the person choose files."""
        from PySide6.QtWidgets import QFileDialog

        title, kinds = translate("pictures", "Open pictures"), translate("pictures", FILE_FILTER)
        names, _ = QFileDialog.getOpenFileNames(self._window, title, "", kinds)
        if names:
            self.brought.emit([Path(name) for name in names])

    def _captured(self, image: QImage) -> None:
        self._bring(lambda attachments: [kept_pixels(image, attachments)])

    def _bring(self, work: Callable[[Attachments], list[Path]]) -> None:
        """Do it in a worker thread: writing a large picture takes a while."""
        self._background.run(lambda: self._kept(work), self._finish)

    def _kept(self, work: Callable[[Attachments], list[Path]]) -> list[Path] | str:
        try:
            return work(self._attachments)
        except StoreError as error:
            return str(error)

    def _finish(self, outcome: list[Path] | str) -> None:
        if isinstance(outcome, str):
            self.refused.emit(outcome)
        else:
            self.brought.emit(outcome)
