"""How a conversation is drawn in the list: its title, and its last use or where a search hit."""

from __future__ import annotations

from PySide6.QtCore import (
    QDateTime,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.history.model import SUMMARY
from app.store.records import Summary
from app.theme import Theme

_PADDING = 9
_GAP = 3


class RowDelegate(QStyledItemDelegate):
    """Two lines a row; the title can be edited where it stands."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        summary: Summary = index.data(SUMMARY)
        colours = self._theme.palette
        state = option.state
        area: QRect = option.rect
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.accent_soft if chosen else colours.hover))
            focused = state & QStyle.StateFlag.State_HasFocus
            painter.setPen(QColor(colours.accent) if focused else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 8, 8)
        lines = area.adjusted(_PADDING, _PADDING - 2, -_PADDING, 0)
        title, small = _fonts(option)
        painter.setFont(title)
        painter.setPen(QColor(colours.text))
        _line(painter, lines, summary.title)
        lines.translate(0, QFontMetrics(title).height() + _GAP)
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        _line(painter, lines, summary.excerpt or _when(summary.changed))
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        title, small = (QFontMetrics(font).height() for font in _fonts(option))
        return QSize(80, title + _GAP + small + 2 * _PADDING - 4)


def _fonts(option: QStyleOptionViewItem) -> tuple[QFont, QFont]:
    title: QFont = option.font
    small = QFont(title)
    small.setPointSizeF(title.pointSizeF() * 0.9)
    return title, small


def _line(painter: QPainter, area: QRect, text: str) -> None:
    metrics = painter.fontMetrics()
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, text)


def _when(changed: str) -> str:
    """A moment in the person's own time and way of writing it."""
    moment = QDateTime.fromString(changed, Qt.DateFormat.ISODate).toLocalTime()
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)
