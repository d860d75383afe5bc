"""A part of the models dialog: a title, a sentence, and cards that come and go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.sheet import words

C = TypeVar("C", bound=QWidget)


class Section(QWidget, Generic[C]):
    """Keeps cards in an order; hidden while it has none and says nothing. On the GUI thread."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.cards: list[C] = []
        self._sentence = words("", "muted")
        self._place = QVBoxLayout()
        self._place.setSpacing(10)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 12)
        self._column.addWidget(words(title, "hero"))
        self._column.addWidget(self._sentence)
        self._column.addLayout(self._place)
        self.say("")

    def add_below(self, widget: QWidget) -> None:
        """Something that stays at the end of the part."""
        self._column.addWidget(widget)

    @property
    def sentence(self) -> str:
        """What is said below the title."""
        return self._sentence.text()

    def say(self, sentence: str) -> None:
        """One sentence below the title."""
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self._show()

    def hold(self, cards: Sequence[C]) -> None:
        """Have these cards and no others; one that was there already stays as it is."""
        for card in self.cards:
            if card not in cards:
                self._place.removeWidget(card)
                card.hide()
                card.deleteLater()
        for number, card in enumerate(cards):
            if self._place.indexOf(card) != number:
                self._place.insertWidget(number, card)
        self.cards = list(cards)
        self._show()

    def _show(self) -> None:
        self.setVisible(bool(self.cards or self._sentence.text()))
