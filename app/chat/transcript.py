"""The turns of the conversation, oldest first, following the newest while one reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.chat.conversation import Turn
from app.icons import icon
from app.theme import Theme

if TYPE_CHECKING:
    from app.chat.card import TurnCard


class Transcript(QScrollArea):
    """Lives on the GUI thread.

    Signals:
        pointed(Turn): the pointer came to this turn.
        chosen(Turn): the turn was clicked.
        mark_hovered(Turn, int): a phrase is hovered or focused; -1 when it was left.
    """

    pointed = Signal(object)
    chosen = Signal(object)
    mark_hovered = Signal(object, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards: dict[str, TurnCard] = {}
        self._following = True
        self.setAccessibleName("Conversation")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        turns = QWidget()
        turns.setObjectName("turns")
        self._layout = QVBoxLayout(turns)
        self._layout.setContentsMargins(16, 18, 16, 18)
        self._layout.setSpacing(22)
        self._layout.addStretch(1)
        self.setWidget(turns)
        self.latest = QToolButton(self)
        self.latest.setObjectName("latest")
        self.latest.setFixedSize(QSize(34, 34))
        self.latest.setAccessibleName("Go to the newest answer")
        self.latest.setToolTip("Go to the newest answer (End)")
        self.latest.setShortcut(Qt.Key.Key_End)
        self.latest.clicked.connect(self.follow)
        self.latest.hide()
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._range_changed)
        bar.valueChanged.connect(self._scrolled)
        theme.changed.connect(self._recolour)
        self._recolour()

    def add(self, turn: Turn, thumbnail: QImage | None) -> None:
        """Add a turn at the end and go there."""
        # Loaded with the first question: an empty window is painted sooner without it.
        from app.chat.card import TurnCard

        card = TurnCard(turn, self._theme, thumbnail)
        card.pointed.connect(lambda: self.pointed.emit(turn))
        card.chosen.connect(lambda: self.chosen.emit(turn))
        card.mark_hovered.connect(lambda mark: self._mark_hovered(card, mark))
        self._cards[turn.id] = card
        self._layout.insertWidget(self._layout.count() - 1, card)
        self.follow()

    def card(self, turn: Turn) -> TurnCard:
        return self._cards[turn.id]

    def clear(self) -> None:
        for card in self._cards.values():
            self._layout.removeWidget(card)
            card.deleteLater()
        self._cards.clear()

    def mark_shown(self, turn: Turn | None) -> None:
        """Mark the one turn whose boxes are on the picture."""
        for card in self._cards.values():
            card.set_shown(turn is not None and card.turn is turn)

    def light(self, turn: Turn, mark: int | None) -> None:
        """Light a phrase of a turn, as its box is lit."""
        if turn.id in self._cards:
            self._cards[turn.id].answer.light(mark)

    def follow(self) -> None:
        """Go to the end and stay there while it grows."""
        self._following = True
        self.latest.hide()
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _mark_hovered(self, card: TurnCard, mark: int) -> None:
        turns = self.widget()
        if mark >= 0 and card.answer.hasFocus() and turns is not None:
            place = card.answer.mark_rect(mark).toRect()
            at = card.answer.mapTo(turns, place.center())
            self.ensureVisible(at.x(), at.y(), 0, 2 * QRect(place).height())
        self.mark_hovered.emit(card.turn, mark)

    def _range_changed(self, _low: int, high: int) -> None:
        if self._following:
            self.verticalScrollBar().setValue(high)

    def _scrolled(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum() - 4
        self.latest.setVisible(not self._following)

    def _recolour(self) -> None:
        self.latest.setIcon(icon("down", self._theme.palette.text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.latest.move(self.width() // 2 - 17, self.height() - 46)
