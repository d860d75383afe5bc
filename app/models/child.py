"""A run of `sightline models ...`: a short-lived process of the engine's command line.

The window itself neither fetches nor loads anything.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from app.texts import translate
from engine.program import own_command

COMMAND = (*own_command("engine.cli"), "models")
PATIENCE_MS = 5_000  # how long one that is told to stop may take


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: whether all went well, and the last that it said of what did not."""

    fine: bool
    complaint: str


class Child(QObject):
    """One process, from `start` to its end; lives on the GUI thread.

    Signals:
        said(bytes): a line of its standard output.
        over(Ended): it has ended, or could not be started.
    """

    said = Signal(bytes)
    over = Signal(object)

    def __init__(
        self,
        words: Sequence[str],
        *,
        command: Sequence[str] = COMMAND,
        parent: QObject | None = None,
        patience_ms: int = PATIENCE_MS,
    ) -> None:
        super().__init__(parent)
        self._complaints = b""
        self._stopping = False
        self._patience_ms = patience_ms
        self._process = QProcess(self)
        self._process.setProgram(command[0])
        self._process.setArguments([*command[1:], *words])
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._broken)

    def start(self) -> None:
        self._process.start()

    def stop(self) -> None:
        """Ask it to end, which it does when it has left everything in order; kill it if not."""
        if self._stopping or self._process.state() is QProcess.ProcessState.NotRunning:
            return
        # A second wish would end what the first has it do.
        self._stopping = True
        if sys.platform == "win32":
            # A program without a window can't be asked there.
            self._process.kill()
            return
        self._process.terminate()
        QTimer.singleShot(self._patience_ms, self._process, self._process.kill)

    def close(self) -> None:
        """Stop it and wait for that; nothing is told any more."""
        self.blockSignals(True)
        self.stop()
        if not self._process.waitForFinished(self._patience_ms):
            self._process.kill()
            self._process.waitForFinished()

    def _read(self) -> None:
        while self._process.canReadLine():
            self.said.emit(self._process.readLine().data())

    def _read_errors(self) -> None:
        self._complaints += self._process.readAllStandardError().data()

    def _finished(self, code: int, how: QProcess.ExitStatus) -> None:
        self._read()
        rest = self._process.readAllStandardOutput().data()
        if rest:
            self.said.emit(rest)
        self._read_errors()
        lines = self._complaints.decode("utf-8", "replace").strip().splitlines()
        fine = code == 0 and how is QProcess.ExitStatus.NormalExit
        self.over.emit(Ended(fine, (lines or [translate("models", "it said nothing")])[-1]))

    def _broken(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.over.emit(Ended(False, self._process.errorString()))
