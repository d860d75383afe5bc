"""The turns of the conversation, oldest first, following the newest while one reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.chat.actions import Ears
from app.chat.conversation import Turn
from app.icons import icon
from app.texts import translate
from app.theme import Theme

if TYPE_CHECKING:
    from app.chat.card import TurnCard
    from app.voice.clips import Clips


# Cards made at a time, and how near to the first one scrolls, in pixels, until there are more.
PAGE = 4
NEAR_TOP = 60

Thumbnails = Callable[[Path], QImage | None]
Places = Callable[[Turn], tuple[int, int]]


class Transcript(QScrollArea):
    """Lives on the GUI thread.

    Signals:
        pointed(Turn): the pointer came to this turn.
        chosen(Turn): the turn was clicked.
        mark_hovered(Turn, int): a phrase is hovered or focused; -1 when it was left.
        acted(Turn, Action): a button below the answer was pressed.
    """

    pointed = Signal(object)
    chosen = Signal(object)
    mark_hovered = Signal(object, int)
    acted = Signal(object, object)

    def __init__(
        self, theme: Theme, *, thumbnail: Thumbnails, places: Places, clips: Clips
    ) -> None:
        super().__init__()
        self._theme = theme
        self._thumbnail = thumbnail
        self._places = places
        self._clips = clips
        self._ears = Ears.NONE
        self._turns: list[Turn] = []
        self._first = 0
        self._anchor: tuple[TurnCard, int] | None = None
        self._cards: dict[str, TurnCard] = {}
        self._following = True
        self.setAccessibleName(translate("chat", "Conversation"))
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
        self.latest.setAccessibleName(translate("chat", "Go to the newest answer"))
        self.latest.setToolTip(translate("chat", "Go to the newest answer (End)"))
        self.latest.setShortcut(Qt.Key.Key_End)
        self.latest.clicked.connect(self.follow)
        self.latest.hide()
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._range_changed)
        bar.valueChanged.connect(self._scrolled)
        theme.changed.connect(self._recolour)
        self._recolour()

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Show exactly these turns; the cards that are there already stay as they are.

        Of a long conversation only the newest get a card; the others do when one scrolls there.
        """
        same = 0
        for before, now in zip(self._turns, turns, strict=False):
            if before is not now:
                break
            same += 1
        if same <= self._first or len(turns) - same > PAGE:
            same = 0
        for turn in self._turns[max(same, self._first) :]:
            self._remove(turn)
        if same == 0:
            self._first = max(0, len(turns) - PAGE)
        self._turns = list(turns)
        for place, turn in enumerate(turns[max(same, self._first) :], max(same, self._first)):
            self._add(turn, place - self._first)
        for turn in turns[max(same - 1, self._first) :]:
            self._cards[turn.id].set_last(turn is turns[-1])
        QTimer.singleShot(0, self, self._fill)

    def show_picture(self, path: Path, image: QImage | None) -> None:
        """A picture was read: show it, or the region, small where a question is about it."""
        for card in self.cards:
            if image is not None and card.turn.pictured == path:
                card.show_picture(image)

    def _add(self, turn: Turn, place: int) -> None:
        # Loaded with the first question: an empty window is painted sooner without it.
        from app.chat.card import TurnCard

        number, count = self._places(turn)
        card = TurnCard(
            turn, self._theme, clips=self._clips, place=number, count=count, ears=self._ears
        )
        image = self._thumbnail(turn.pictured) if turn.pictured else None
        if image is not None:
            card.show_picture(image)
        card.pointed.connect(lambda: self.pointed.emit(turn))
        card.chosen.connect(lambda: self.chosen.emit(turn))
        card.mark_hovered.connect(lambda mark: self._mark_hovered(card, mark))
        card.acted.connect(lambda action: self.acted.emit(turn, action))
        self._cards[turn.id] = card
        self._layout.insertWidget(place, card)

    def _remove(self, turn: Turn) -> None:
        card = self._cards.pop(turn.id)
        self._anchor = None
        self._layout.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _fill(self) -> None:
        """Add earlier turns until there is something to scroll."""
        height = self._layout.sizeHint().height()
        if self._first > 0 and self.isVisible() and height <= self.viewport().height():
            self._add_earlier()
            QTimer.singleShot(0, self, self._fill)

    def _add_earlier(self) -> None:
        """Cards for the turns before those that have one."""
        start = max(0, self._first - PAGE)
        for place, turn in enumerate(self._turns[start : self._first]):
            self._add(turn, place)
            self._cards[turn.id].set_last(False)
        self._first = start

    @property
    def cards(self) -> list[TurnCard]:
        """The cards there are, in no order."""
        return list(self._cards.values())

    def card(self, turn: Turn) -> TurnCard:
        return self._cards[turn.id]

    def holds(self, turn: Turn) -> bool:
        """Whether there is a card of this turn."""
        return turn.id in self._cards

    def renew(self, turn: Turn) -> None:
        """Show a turn anew: its answer is another one."""
        if self.holds(turn):
            place = self._layout.indexOf(self.card(turn))
            self._remove(turn)
            self._add(turn, place)
            self.card(turn).set_last(turn is self._turns[-1])

    def set_ears(self, ears: Ears) -> None:
        """Whether the model can be asked what it hears."""
        self._ears = ears
        for card in self.cards:
            card.set_ears(ears)

    def mark_shown(self, turn: Turn | None) -> None:
        """Mark the one turn whose boxes are on the picture."""
        for card in self.cards:
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
        elif self._anchor is not None:
            # What one reads stays where it is, whatever grew above it.
            card, offset = self._anchor
            self.verticalScrollBar().setValue(card.y() - offset)

    def _scrolled(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum() - 4
        self.latest.setVisible(not self._following)
        top = next((card for card in self.cards if _below(card, value)), None)
        self._anchor = (top, top.y() - value) if top is not None else None
        if value < NEAR_TOP and self._first > 0:
            self._add_earlier()

    def _recolour(self) -> None:
        self.latest.setIcon(icon("down", self._theme.palette.text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fill)
        self.latest.move(self.width() // 2 - 17, self.height() - 46)


def _below(card: TurnCard, height: int) -> bool:
    """Whether the end of a card is below a height of the transcript."""
    return card.y() + card.height() > height
