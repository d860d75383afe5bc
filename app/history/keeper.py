"""Pictures are copied next to the conversations in a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from app.store.attachments import Attachments
from app.store.errors import StoreError


class _Copying(QRunnable):
    """One file on its way; `done` is called in the worker thread with its name or the error."""

    def __init__(
        self, attachments: Attachments, path: Path, done: Callable[[Path, object], None]
    ) -> None:
        super().__init__()
        self._attachments = attachments
        self._path = path
        self._done = done

    def run(self) -> None:
        try:
            outcome: str | StoreError = self._attachments.keep(self._path)
        except StoreError as error:
            outcome = error
        self._done(self._path, outcome)


class Keeper(QObject):
    """Copies each file unless it is there; lives on the GUI thread.

    Signals:
        kept(Path, str): this file is an attachment of that name now.
        failed(str): a file can't be kept, with one sentence.
    """

    kept = Signal(object, str)
    failed = Signal(str)
    _done = Signal(object, object)

    def __init__(self, attachments: Attachments, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._attachments = attachments
        self._under_way: set[Path] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._done.connect(self._finish)

    def keep(self, path: Path) -> None:
        """Start copying, unless the file is there already or on its way."""
        if path not in self._under_way and self._attachments.name(path) is None:
            self._under_way.add(path)
            self._pool.start(_Copying(self._attachments, path, self._done.emit))

    def _finish(self, path: Path, outcome: str | StoreError) -> None:
        self._under_way.discard(path)
        if isinstance(outcome, str):
            self.kept.emit(path, outcome)
        else:
            self.failed.emit(str(outcome))
