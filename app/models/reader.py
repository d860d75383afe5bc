"""What models there are, asked of a short-lived process of the engine's command line.

The window itself loads nothing that could look into them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, Signal

from app.texts import marked, translate
from engine.inventory import Inventory
from engine.plain import PlainError, from_plain
from engine.program import own_command

COMMAND = (*own_command("engine.cli"), "models", "list", "--json")
_BROKEN = marked("models", "The models can't be listed: {reason}")


class InventoryReader(QObject):
    """Asks and tells; lives on the GUI thread.

    Signals:
        found(Inventory): what is there now.
        failed(str): it could not be found out, with one sentence.
    """

    found = Signal(object)
    failed = Signal(str)

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        super().__init__()
        self._process = QProcess(self)
        self._process.setProgram(command[0])
        self._process.setArguments(list(command[1:]))
        self._process.finished.connect(self._read)
        self._process.errorOccurred.connect(self._broken)

    def ask(self) -> None:
        """Find out; one that is still asked is enough."""
        if self._process.state() is QProcess.ProcessState.NotRunning:
            self._process.start()

    def _read(self) -> None:
        said = bytes(self._process.readAllStandardOutput().data())
        try:
            self.found.emit(from_plain(Inventory, json.loads(said)))
        except (ValueError, PlainError):
            told = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
            reason = (told.strip().splitlines() or [translate("models", "it said nothing")])[-1]
            self.failed.emit(translate("models", _BROKEN).format(reason=reason))

    def _broken(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            reason = self._process.errorString()
            self.failed.emit(translate("models", _BROKEN).format(reason=reason))
