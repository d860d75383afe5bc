"""What an empty conversation shows: what can be asked, and a few questions to begin with."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.texts import translate
from app.wording import SUGGESTIONS


class Opening(QWidget):
    """Lives on the GUI thread.

    Signals:
        suggested(str): a question was chosen; one that ends in a space waits for the rest.
    """

    suggested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._title = QLabel()
        self._title.setProperty("kind", "hero")
        self._words = QLabel()
        self._words.setProperty("kind", "muted")
        self._title.setWordWrap(True)
        self._words.setWordWrap(True)
        self._buttons = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addSpacing(10)
        column.addWidget(self._buttons)
        column.addStretch(2)
        rows = QVBoxLayout(self._buttons)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        for text, written in SUGGESTIONS:
            button = QPushButton(translate("chat", text))
            button.setProperty("kind", "outline")
            button.clicked.connect(lambda _=False, written=written: self.suggested.emit(written))
            rows.addWidget(button)
        self.set_picture(there=False)

    def set_picture(self, *, there: bool) -> None:
        """With a picture the questions about it are offered."""
        if there:
            title = translate("chat", "Ask about your picture")
            words = translate(
                "chat", "The answer streams in, and what it speaks of is outlined on the picture."
            )
        else:
            title = translate("chat", "Nothing asked yet")
            words = translate(
                "chat",
                "Bring a picture and ask about it, or just write: words alone are fine, too.",
            )
        self._title.setText(title)
        self._words.setText(words)
        self._buttons.setVisible(there)
