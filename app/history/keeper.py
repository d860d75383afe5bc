"""Pictures are copied next to the conversations in a worker thread."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.store.attachments import Attachments
from app.store.errors import StoreError


class Keeper(QObject):
    """Copies each file unless it is there; lives on the GUI thread.

    Signals:
        kept(Path, str): this file is an attachment of that name now.
        failed(str): a file can't be kept, with one sentence.
    """

    kept = Signal(object, str)
    failed = Signal(str)

    def __init__(self, attachments: Attachments, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._attachments = attachments
        self._under_way: set[Path] = set()
        self._background = Background(self)

    def keep(self, path: Path) -> None:
        """Start copying, unless the file is there already or on its way."""
        if path not in self._under_way and self._attachments.name(path) is None:
            self._under_way.add(path)
            self._background.run(
                lambda: _name_or_error(self._attachments, path),
                lambda outcome: self._finish(path, outcome),
            )

    def _finish(self, path: Path, outcome: str | StoreError) -> None:
        self._under_way.discard(path)
        if isinstance(outcome, str):
            self.kept.emit(path, outcome)
        else:
            self.failed.emit(str(outcome))


def _name_or_error(attachments: Attachments, path: Path) -> str | StoreError:
    try:
        return attachments.keep(path)
    except StoreError as error:
        return error
