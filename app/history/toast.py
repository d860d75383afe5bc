"""A sentence about what was just done, with a way to take it back."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from app.texts import translate

SHOWN_MS = 10_000


class Toast(QFrame):
    """Goes away by itself; lives on the GUI thread.

    Signals:
        undone(): the person takes it back.
        over(): it went without that.
    """

    undone = Signal()
    over = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "toast")
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self.undo = QPushButton(translate("history", "Undo"))
        self.undo.setProperty("kind", "chip")
        self.undo.setShortcut("Ctrl+Shift+Z")
        self.undo.setToolTip(translate("history", "Bring it back (Ctrl+Shift+Z)"))
        self.undo.clicked.connect(self._undo)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(self._words, 1)
        row.addWidget(self.undo)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.finish)
        self.hide()

    @property
    def text(self) -> str:
        return self._words.text()

    def say(self, sentence: str) -> None:
        """Show a sentence; one that is still there is over."""
        self.finish()
        self._words.setText(sentence)
        self.show()
        self._timer.start()

    def finish(self) -> None:
        """Take it away; what was done stays done."""
        if self._end():
            self.over.emit()

    def _undo(self) -> None:
        if self._end():
            self.undone.emit()

    def _end(self) -> bool:
        there = not self.isHidden()
        self._timer.stop()
        self.hide()
        return there
