"""Help while a question is typed: tags completed after a slash, earlier questions by arrow keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QListView, QPlainTextEdit

from app.texts import translate
from engine.prompt.tasks import Task

WIDTH = 190


class TagCompletion(QObject):
    """Offers the tasks whose names begin with what follows a slash at the start of the field.

    Up and Down choose, Enter writes the chosen tag, Escape leaves the words as they are.
    """

    def __init__(self, field: QPlainTextEdit, write: Callable[[str], None]) -> None:
        super().__init__(field)
        self._field = field
        self._write = write
        self._tags: dict[str, str] = {}
        self._completer = QCompleter(self)
        self._completer.setWidget(field)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.popup = QListView()
        self.popup.setObjectName("tags")
        self.popup.setAccessibleName(translate("chat", "Tags"))
        self._completer.setPopup(self.popup)
        self.popup.installEventFilter(self)
        self._completer.activated[str].connect(self._chosen)  # type: ignore[index]
        field.textChanged.connect(self._offer)

    def set_tasks(self, tasks: Sequence[Task]) -> None:
        """The tasks whose tags are offered."""
        self._tags = {f"/{task.tag.strip('[]')}": task.tag for task in tasks if task.tag}
        self._completer.setModel(QStringListModel(list(self._tags), self._completer))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape closes the list first; only without one does it stop an answer."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() is QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            self.popup.hide()
            return True
        return super().eventFilter(watched, event)

    def _offer(self) -> None:
        words = self._field.toPlainText()
        if not words.startswith("/") or any(map(str.isspace, words)):
            self.popup.hide()
            return
        self._completer.setCompletionPrefix(words)
        if self._completer.completionCount() == 0:
            self.popup.hide()
            return
        self.popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        place = self._field.cursorRect()
        place.setWidth(WIDTH)
        self._completer.complete(place)

    def _chosen(self, name: str) -> None:
        self._write(f"{self._tags[name]} ")


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
