"""The list of conversations, read page by page as one scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from app.store.archive import Archive
from app.store.errors import StoreError

if TYPE_CHECKING:
    from app.store.records import Summary

SUMMARY = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ConversationList(QAbstractListModel):
    """All conversations, the last used first, or those that a search finds.

    Lives on the GUI thread; nothing is read before `reload`.

    Signals:
        renamed(int, str): a person gave the conversation of this number a title.
        failed(str): the conversations can't be read, with one sentence.
    """

    renamed = Signal(int, str)
    failed = Signal(str)

    def __init__(self, archive: Archive, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._archive = archive
        self._sought = ""
        self._summaries: list[Summary] = []
        self._complete = True

    def reload(self) -> None:
        """Read the list anew, from its beginning."""
        self.beginResetModel()
        self._summaries = self._read()
        self.endResetModel()

    def search(self, typed: str) -> None:
        """List what has these words in it; all where there are none."""
        self._sought = typed.strip()
        self.reload()

    @property
    def sought(self) -> str:
        """The words that the list is limited to."""
        return self._sought

    def row_of(self, number: int | None) -> QModelIndex:
        """Where a conversation is in the list, as far as it was read."""
        for row, summary in enumerate(self._summaries):
            if summary.number == number:
                return self.index(row)
        return QModelIndex()

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._summaries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        summary = self._summaries[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return summary.title
            case Qt.ItemDataRole.ToolTipRole:
                return f"{summary.title}\n{summary.excerpt}".strip()
            case Qt.ItemDataRole.UserRole:
                return summary
            case _:
                return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def setData(  # noqa: N802
        self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        title = " ".join(str(value).split())
        if not title or role != Qt.ItemDataRole.EditRole:
            return False
        self.renamed.emit(self._summaries[index.row()].number, title)
        return True

    def canFetchMore(self, _parent: Index) -> bool:  # noqa: N802
        return not self._complete

    def fetchMore(self, _parent: Index) -> None:  # noqa: N802
        more = self._read(len(self._summaries))
        if more:
            start = len(self._summaries)
            self.beginInsertRows(QModelIndex(), start, start + len(more) - 1)
            self._summaries.extend(more)
            self.endInsertRows()

    def _read(self, start: int = 0) -> list[Summary]:
        from app.store.records import PAGE

        try:
            store = self._archive.conversations
            found = store.search(self._sought) if self._sought else store.page(start)
        except StoreError as error:
            self.failed.emit(str(error))
            found = []
        self._complete = bool(self._sought) or len(found) < PAGE
        return found
