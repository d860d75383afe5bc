"""The first start: three steps that show on an example picture what the program can do.

A card above the composer, never in the way: the program itself does each step, by the same ways as
a person, and who does it by hand instead comes further just the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.chat.conversation import Turn, TurnState
from app.examples import FOLDER
from app.sheet import words
from app.texts import marked, translate
from engine.grounding.geometry import Box
from engine.types import Event, Finished

if TYPE_CHECKING:
    from app.main_window import MainWindow

PICTURE = FOLDER / "astronaut.jpg"
FACE = Box(0.34, 0.05, 0.58, 0.4)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step is called and says, what is asked in it, and the region that is drawn for it.

    It is done with an answer that `fits`.
    """

    title: str
    words: str
    asks: str
    fits: Callable[[Turn], bool]
    region: Box | None = None


STEPS = (
    Step(
        marked("introduction", "Look"),
        marked(
            "introduction",
            "Ask about any picture in your own words. The answer streams in below; nothing leaves "
            "this computer.",
        ),
        "[vqa] how many people are there?",
        lambda _turn: True,
    ),
    Step(
        marked("introduction", "Point"),
        marked(
            "introduction",
            "Name something, and a box appears around it. The words and their box light up "
            "together under the pointer.",
        ),
        "[refer] the person",
        lambda turn: turn.task in ("refer", "grounding", "detection"),
    ),
    Step(
        marked("introduction", "Draw"),
        marked(
            "introduction",
            "Draw a region to ask about it: press Ctrl+R and drag, or use the arrow keys. Enter "
            "alone asks what it is.",
        ),
        "",
        lambda turn: turn.region is not None,
        FACE,
    ),
)
_OVER = marked(
    "introduction",
    "That is all. F10 opens the menu with this introduction, the models and the settings.",
)
_MISSING = marked("introduction", "The example picture {path} is missing; install Sightline again.")


class IntroductionCard(QFrame):
    """Shows a step; lives on the GUI thread.

    Signals:
        wanted(): the person wants the step to be done.
        left(): the person wants no more of it.
    """

    wanted = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "region")
        self.setAccessibleName(translate("introduction", "Introduction"))
        self._title = QLabel()
        self._title.setProperty("kind", "title")
        self._words = words("")
        self.show_me = QPushButton(translate("introduction", "Show me"))
        self.show_me.setProperty("kind", "primary")
        self.show_me.setToolTip(translate("introduction", "Do this step (Alt+S)"))
        self.show_me.setShortcut("Alt+S")
        self.show_me.clicked.connect(self.wanted)
        self.leave = QPushButton()
        self.leave.setProperty("kind", "outline")
        self.leave.clicked.connect(self.left)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.show_me)
        row.addWidget(self.leave)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addLayout(row)

    @property
    def text(self) -> str:
        """What is said, with its title."""
        return f"{self._title.text()}\n{self._words.text()}"

    def show_step(self, number: int) -> None:
        """Show step `number`, counted from 0; past the last one, that it is over."""
        over = number == len(STEPS)
        title = translate("introduction", "Ready")
        if not over:
            title = translate("introduction", "{number} of {count}: {title}").format(
                number=number + 1,
                count=len(STEPS),
                title=translate("introduction", STEPS[number].title),
            )
        self._title.setText(title)
        self._words.setText(translate("introduction", _OVER if over else STEPS[number].words))
        self.setAccessibleDescription(self.text)
        self.show_me.setHidden(over)
        close, skip = translate("introduction", "Close"), translate("introduction", "Skip")
        self.leave.setText(close if over else skip)
        self.leave.setToolTip(translate("introduction", "Leave the introduction (Alt+K)"))
        self.leave.setShortcut("Alt+K")  # a new text takes it away


class Introduction(QObject):
    """Leads through the steps in a window; lives on the GUI thread."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._chat = window.chat
        self._number = 0
        self._picture_wanted = False
        self.card = IntroductionCard()
        self.card.hide()
        self.card.wanted.connect(self._do)
        self.card.left.connect(self._leave)
        window.chat.add_above_composer(self.card)
        window.stage.picture_shown.connect(self._picture_shown)
        window.bridge.event_arrived.connect(self._event)

    def begin(self, *, focus: bool = False) -> None:
        """Show the first step; with `focus` the keys go to it."""
        if not PICTURE.is_file():
            self._chat.say(translate("introduction", _MISSING).format(path=PICTURE))
            return
        self._number = 0
        self.card.show_step(0)
        self.card.show()
        if focus:
            self.card.show_me.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leave(self) -> None:
        self.card.hide()
        self._chat.composer.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _do(self) -> None:
        """Do the step, once its picture is there; the first begins a conversation of its own."""
        if self._number == 0 and self._chat.controller.turns:
            self._chat.controller.clear()
        self._picture_wanted = True
        if self._window.stage.path == PICTURE:
            self._picture_shown(PICTURE)
        else:
            self._window.open(PICTURE)

    def _picture_shown(self, path: Path) -> None:
        if not self._picture_wanted or path != PICTURE:
            return
        self._picture_wanted = False
        step = STEPS[self._number]
        if step.region is not None:
            self._window.stage.view.region.set_box(step.region)
        self._chat.suggest(step.asks)

    def _event(self, event: Event) -> None:
        """The next step comes with an answer that fits this one, whoever asked."""
        turns = self._chat.controller.turns
        if self.card.isHidden() or not isinstance(event, Finished) or not turns:
            return
        turn = turns[-1]
        on = self._number < len(STEPS) and STEPS[self._number].fits(turn)
        if event.id == turn.id and turn.state is TurnState.DONE and on:
            if turn.answer.boxes:
                self._window.spotlight.show(turn, lit=0)
            self._number += 1
            self.card.show_step(self._number)
