"""Earlier questions by the arrow keys, and how a question stands in the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from engine.prompt.tasks import Task


class AskedBefore(QObject):
    """Up in an empty field (or in a question brought back) brings earlier questions, Down later."""

    def __init__(
        self, field: QPlainTextEdit, write: Callable[[str], None], asked: Callable[[], list[str]]
    ) -> None:
        super().__init__(field)
        self._field = field
        self._write = write
        self._asked = asked
        self._back = 0
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
            if step and self._walk(step):
                return True
        return super().eventFilter(watched, event)

    def _walk(self, step: int) -> bool:
        """Whether the key was for this, not for the cursor."""
        asked = self._asked()[::-1]
        words = self._field.toPlainText()
        if not words:
            self._back = 0
        elif not (0 < self._back <= len(asked) and words == asked[self._back - 1]):
            return False
        back = self._back + step
        if not 0 <= back <= len(asked):
            return bool(words)
        self._back = back
        self._write(asked[back - 1] if back else "")
        return True


def as_typed(task: str, words: str, tasks: Mapping[str, Task]) -> str:
    """A question as it is written into the field."""
    tag = tasks[task].tag if task in tasks else ""
    return f"{tag} {words}".strip()
