"""The field for a model that is in no catalogue: a repository of the hub, by its name."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.sheet import button, words
from app.texts import marked, translate

# As it is written, or copied from a browser: `owner/name[@revision][:file or quantization]`.
_REPOSITORY = re.compile(
    r"(?:https?://[^/\s]+/)?(\w[\w.-]*/\w[\w.-]*(?:@[\w.-]+)?(?::\w[^:\s]*)?)/?(?:tree/\S*)?"
)
_EXAMPLE = "ggml-org/SmolVLM-500M-Instruct-GGUF"
_WRONG = marked(
    "models", "“{text}” names no repository; it is an owner and a name, as in {example}."
)


class RepositoryField(QWidget):
    """Lives on the GUI thread.

    Signals:
        wanted(str): install this repository.
    """

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        label = QLabel(translate("models", "Another model: a repository with GGUF files"))
        self.field = QLineEdit()
        self.field.setPlaceholderText(translate("models", "owner/name or owner/name:Q4_K_M"))
        self.field.setAccessibleName(label.text())
        label.setBuddy(self.field)
        self.install = button(translate("models", "Install"), "")
        self.install.setAccessibleName(translate("models", "Install the repository"))
        self._wrong = words("", "error")
        self._wrong.hide()
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.install)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(label)
        column.addLayout(row)
        column.addWidget(self._wrong)
        self.field.returnPressed.connect(self._take)
        self.field.textEdited.connect(lambda _: self._wrong.hide())
        self.install.clicked.connect(self._take)

    def allow(self, allowed: bool, tip: str) -> None:
        """Whether the program may fetch it; `tip` says where from, or why not."""
        self.field.setEnabled(allowed)
        self.install.setEnabled(allowed)
        self.install.setToolTip(tip)

    def _take(self) -> None:
        text = self.field.text().strip()
        found = _REPOSITORY.fullmatch(text)
        if found:
            self.field.clear()
            self.wanted.emit(found[1])
            return
        wrong = translate("models", _WRONG)
        self._wrong.setText(wrong.format(text=text, example=_EXAMPLE))
        self._wrong.show()
