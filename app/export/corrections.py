"""The corrections of all conversations as a training set: where to, and a sentence about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.background import Background
from app.store.archive import Archive
from app.store.attachments import Attachments
from app.store.errors import StoreError
from app.store.records import StoredTurn
from app.texts import marked, translate

TEXT = marked("export", "Export corrections…")
FILTER = marked("export", "Training set (*.tar)")
_WRITTEN = marked("export", "%n corrected answers are in {file}.", "", 2)
_LEFT_OUT = marked(
    "export",
    "%n more were left out: their picture is gone, or what was said was not written down.",
    "",
    2,
)
# `training/` finds the shards of a set by its name: NAME-000.tar.
SUGGESTED = "corrections-000.tar"
NONE_YET = marked(
    "export", "There is no correction to export yet: Correct, below an answer, makes one."
)


class CorrectionsExport(QObject):
    """Writes what `training/` reads as one of its sources; lives on the GUI thread.

    Signals:
        said(str, bool): a sentence about an export; True: it went wrong.
    """

    said = Signal(str, bool)

    def __init__(self, window: QWidget, archive: Archive) -> None:
        super().__init__(window)
        self._window = window
        self._archive = archive
        self._background = Background(self)

    def ask(self) -> None:
        """Let the person choose the file, then write it in a worker thread."""
        from PySide6.QtWidgets import QFileDialog

        try:
            turns = self._archive.conversations.corrected()
        except StoreError as error:
            self.said.emit(str(error), True)
            return
        if not turns:
            self.said.emit(translate("export", NONE_YET), False)
            return
        title, kinds = translate("export", TEXT).rstrip("…"), translate("export", FILTER)
        name, _ = QFileDialog.getSaveFileName(self._window, title, SUGGESTED, kinds)
        if name:
            target, attachments = shard_path(Path(name)), self._archive.attachments
            self._background.run(
                lambda: _outcome(turns, attachments, target), lambda said: self.said.emit(*said)
            )


def shard_path(chosen: Path) -> Path:
    """The file of a set that was named like this: `mine.tar` is `mine-000.tar`."""
    stem = chosen.name.removesuffix(".tar")
    return chosen.with_name(f"{stem if re.search('-[0-9]+$', stem) else f'{stem}-000'}.tar")


def _outcome(
    turns: Sequence[StoredTurn], attachments: Attachments, target: Path
) -> tuple[str, bool]:
    """Write, and say in one sentence what came of it; whether it went wrong."""
    from app.export.training_set import write_training_set

    try:
        written = write_training_set(turns, attachments, target)
    except OSError as error:
        said = translate("export", "{path} can't be written: {reason}; choose another place.")
        return said.format(path=target, reason=error.strerror), True
    if not written:
        return translate(
            "export", "No correction was exported: none is about a picture that is still there."
        ), True
    left = len(turns) - written
    sentence = translate("export", _WRITTEN, "", written).format(file=target)
    without = translate("export", _LEFT_OUT, "", left)
    return f"{sentence} {without}" if left else sentence, False
