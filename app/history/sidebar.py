"""The sidebar: a field to search, the list of conversations, and what can be done with one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.history.model import SUMMARY, ConversationList
from app.history.toast import Toast
from app.icons import icon
from app.texts import translate
from app.theme import Theme

if TYPE_CHECKING:
    from app.store.records import Summary

WIDTH = 230
# Ctrl+E alone exports the picture.
EXPORT_KEY = "Ctrl+Shift+E"


class Sidebar(QWidget):
    """Lives on the GUI thread. `conversations` is the list that it shows.

    Signals:
        opened(int): the person wants this conversation.
        deleted(int, str): the person wants it gone; its number and title.
        begun(): the person wants a new one.
        exported(int): the person wants it as a file.
        imported(): the person has a file to bring in.
    """

    opened = Signal(int)
    deleted = Signal(int, str)
    begun = Signal()
    exported = Signal(int)
    imported = Signal()

    def __init__(self, theme: Theme, conversations: ConversationList) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(180)
        self._theme = theme
        self.conversations = conversations
        self.search = QLineEdit()
        self.new = QToolButton()
        self.bring = QToolButton()
        self.list = QListView()
        self.toast = Toast()
        self._notice = QLabel()
        self._empty = QLabel()
        self._standing = ""
        self._build()
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.list.installEventFilter(self)
        self.list.clicked.connect(self._open)
        self.list.customContextMenuRequested.connect(self._menu)
        self.new.clicked.connect(self.begun)
        self.bring.clicked.connect(self.imported)
        conversations.modelReset.connect(self._explain)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _build(self) -> None:
        self.search.setPlaceholderText(translate("history", "Search"))
        self.search.setAccessibleName(translate("history", "Search conversations"))
        self.search.setToolTip(
            translate("history", "Search titles, questions and answers (Ctrl+K)")
        )
        self.search.setClearButtonEnabled(True)
        self.bring.setAccessibleName(translate("history", "Import a conversation"))
        self.bring.setToolTip(translate("history", "Import a conversation (Ctrl+I)"))
        self.new.setAccessibleName(translate("history", "Begin a new conversation"))
        self.new.setToolTip(translate("history", "New conversation (Ctrl+N)"))
        for button in (self.bring, self.new):
            button.setProperty("kind", "icon")
            button.setIconSize(QSize(18, 18))
        self.bring.setShortcut("Ctrl+I")
        self.list.setModel(self.conversations)
        self.list.setAccessibleName(translate("history", "Conversations"))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for label, kind in ((self._notice, "error"), (self._empty, "small")):
            label.setProperty("kind", kind)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.hide()
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.search, 1)
        top.addWidget(self.bring)
        top.addWidget(self.new)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 6, 10)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._notice)
        column.addWidget(self._empty)
        column.addWidget(self.list, 1)
        column.addWidget(self.toast)

    def complete(self) -> None:
        """Make what only rows need; called before there are any."""
        from app.history.row import RowDelegate

        self.list.setItemDelegate(RowDelegate(self._theme, self.list))
        self._theme.changed.connect(self.list.viewport().update)

    def say(self, sentence: str, *, standing: bool = False) -> None:
        """A sentence above the list about what can't be read or kept, until something is done or,
        with `standing`, for good."""
        if standing:
            self._standing = sentence
        self._notice.setText(sentence or self._standing)
        self._notice.setVisible(bool(self._notice.text()))

    @property
    def text(self) -> str:
        """The sentence above the list, or why there is none."""
        return self._notice.text() or self._empty.text()

    def mark(self, number: int | None) -> None:
        """Mark the conversation that is shown; nothing is opened by that."""
        index = self.conversations.row_of(number)
        if index.isValid():
            self.list.setCurrentIndex(index)
        else:
            self.list.clearSelection()

    def _search(self, typed: str) -> None:
        self.say("")
        self.conversations.search(typed)

    def _explain(self) -> None:
        """Say why the list is empty."""
        sentence = translate("history", "What you ask is kept here, on this computer only.")
        if self.conversations.rowCount():
            sentence = ""
        elif self.conversations.sought:
            nothing = translate("history", "Nothing found for “{words}”.")
            sentence = nothing.format(words=self.conversations.sought)
        self._empty.setText(sentence)
        self._empty.setVisible(bool(sentence))

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.say("")
            self.opened.emit(_summary(index).number)

    def _delete(self, index: QModelIndex) -> None:
        if index.isValid():
            summary = _summary(index)
            self.deleted.emit(summary.number, summary.title)

    def _export(self, index: QModelIndex) -> None:
        if index.isValid():
            self.exported.emit(_summary(index).number)

    def _menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, key, act in (
            (translate("history", "Open"), Qt.Key.Key_Return, self._open),
            (translate("history", "Rename"), Qt.Key.Key_F2, self.list.edit),
            (translate("history", "Export…"), QKeySequence(EXPORT_KEY), self._export),
            (translate("history", "Delete"), Qt.Key.Key_Delete, self._delete),
        ):
            action = menu.addAction(text)
            action.triggered.connect(partial(act, index))
            action.setShortcut(QKeySequence(key))
        menu.popup(self.list.viewport().mapToGlobal(place))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() is QEvent.Type.ShortcutOverride:
            # Escape empties the field as long as there is something in it, and stops nothing.
            if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
                event.setAccepted(bool(self.search.text()))
                return event.isAccepted()
        elif isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            key = event.key()
            if watched is self.list and key == Qt.Key.Key_Space:
                event.ignore()  # To talk: the row under the cursor is chosen already.
                return True
            if watched is self.list and self._list_key(key):
                return True
            if watched is self.search and key in (Qt.Key.Key_Down, Qt.Key.Key_Return):
                self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
                if not self.list.selectionModel().hasSelection():
                    self.list.setCurrentIndex(self.conversations.index(0))
                return True
            if watched is self.search and key == Qt.Key.Key_Escape:
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _list_key(self, key: int) -> bool:
        index = self.list.currentIndex()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(index)
        elif key == Qt.Key.Key_Delete:
            self._delete(index)
        else:
            return False
        return True

    def _recolour(self) -> None:
        self.new.setIcon(icon("new", self._theme.palette.text))
        self.bring.setIcon(icon("bring", self._theme.palette.text))


def _summary(index: QModelIndex) -> Summary:
    summary: Summary = index.data(SUMMARY)
    return summary
