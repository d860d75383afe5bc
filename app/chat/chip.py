"""Something that goes with the next question, as a chip in the composer that can be taken away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from app.icons import icon
from app.theme import Theme


class Chip(QFrame):
    """Content with a button behind it that takes it away; lives on the GUI thread.

    `name` is the button's for a screen reader, `tip` what is shown over it.

    Signals:
        removed(): the person wants it out of the question.
    """

    removed = Signal()

    def __init__(self, theme: Theme, *, name: str, tip: str) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "region")
        self.remove = QToolButton()
        self.remove.setAccessibleName(name)
        self.remove.setToolTip(tip)
        self.remove.clicked.connect(self.removed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(5, 4, 5, 4)
        self._row.setSpacing(8)
        self._row.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._recolour)
        self._recolour()

    def hold(self, *content: QWidget) -> None:
        """Put the content in front of the button; the last of it takes the room that is left."""
        for place, part in enumerate(content):
            self._row.insertWidget(place, part, int(part is content[-1]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def _recolour(self) -> None:
        self.remove.setIcon(icon("close", self._theme.palette.text))
