"""Help with the tags of tasks: completed after a slash, and shown as what they are.

Apart from `app.chat.composer`, so that it is loaded after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
)
from PySide6.QtWidgets import QCompleter, QListView, QPlainTextEdit

from app.texts import translate
from app.theme import Theme
from engine.prompt.tasks import Task, typed_task

WIDTH = 190


class TagCompletion(QObject):
    """Offers the tasks whose names begin with what follows a slash at the start of the field.

    `offered` gives the tasks there are. Up and Down choose, Enter writes the chosen tag, Escape
    leaves the words as they are.
    """

    def __init__(
        self,
        field: QPlainTextEdit,
        write: Callable[[str], None],
        offered: Callable[[], Sequence[Task]],
    ) -> None:
        super().__init__(field)
        self._field = field
        self._write = write
        self._offered = offered
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
        tags = {f"/{task.tag.strip('[]')}": task.tag for task in self._offered() if task.tag}
        if tags != self._tags:
            self._tags = tags
            self._completer.setModel(QStringListModel(list(tags), self._completer))
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


class TagColour(QSyntaxHighlighter):
    """Shows a known tag in front of the words as what it is."""

    def __init__(self, document: QTextDocument, theme: Theme, tasks: Mapping[str, Task]) -> None:
        super().__init__(document)
        self._theme = theme
        self._tasks = tasks

    def highlightBlock(self, text: str) -> None:  # noqa: N802
        task, _ = typed_task(text, self._tasks)
        if self.currentBlock().blockNumber() == 0 and task is not None:
            style = QTextCharFormat()
            style.setForeground(QColor(self._theme.palette.accent))
            style.setFontWeight(QFont.Weight.DemiBold)
            self.setFormat(text.lower().index(task.tag), len(task.tag), style)
