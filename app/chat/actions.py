"""What can be done with a turn: copy, ask again, change the question, branch, walk the branches."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.chat.conversation import Turn
from app.icons import icon
from app.texts import marked, translate
from app.theme import Theme

# For the answer whose boxes are on the picture.
CORRECT_KEY = "Ctrl+Shift+C"


class Action(Enum):
    """Each with its icon, its name, and what its tool tip says."""

    COPY = ("copy", marked("chat", "Copy the answer"), marked("chat", "Copy the answer"))
    AGAIN = (
        "again",
        marked("chat", "Answer again"),
        marked("chat", "Answer again, differently; this answer stays as a branch"),
    )
    EDIT = (
        "edit",
        marked("chat", "Change the question"),
        marked("chat", "Change the question and ask it beside this one"),
    )
    HEAR = (
        "heard",
        marked("chat", "Show what was heard"),
        marked("chat", "Show what the model hears in the recording"),
    )
    CORRECT = (
        "correct",
        marked("chat", "Correct"),
        marked("chat", "Correct the answer: its boxes and its words (Ctrl+Shift+C)"),
    )
    RESTORE = (
        "restore",
        marked("chat", "Set back"),
        marked("chat", "Set back to what the model wrote"),
    )
    BRANCH = (
        "branch",
        marked("chat", "Go on from here"),
        marked("chat", "Go on from here; what follows stays as a branch"),
    )
    BACK = ("left", marked("chat", "Branch before"), marked("chat", "Show the branch before"))
    FORTH = ("right", marked("chat", "Next branch"), marked("chat", "Show the next branch"))


class Ears(Enum):
    """Whether the model can be asked now what it hears: it has no ears, is busy, or is free."""

    NONE = "none"
    BUSY = "busy"
    FREE = "free"


_AGAIN_WHOLE = marked("chat", "Answer again; what there is of this answer stays as a branch")


class TurnActions(QWidget):
    """A row of buttons below an answer, with "2/3" where there are branches; on the GUI thread.

    `place` is which branch this is, from 1 on, and `count` how many there are.

    Signals:
        acted(Action): a button was pressed.
    """

    acted = Signal(object)

    def __init__(self, theme: Theme, *, place: int, count: int) -> None:
        super().__init__()
        self._theme = theme
        self.buttons: dict[Action, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for action in (
            Action.COPY,
            Action.AGAIN,
            Action.EDIT,
            Action.HEAR,
            Action.CORRECT,
            Action.RESTORE,
            Action.BRANCH,
        ):
            row.addWidget(self._button(action))
        row.addStretch(1)
        if count > 1:
            self.walker = QLabel(f"{place}/{count}")
            self.walker.setProperty("kind", "small")
            named = translate("chat", "Branch {place} of {count}")
            self.walker.setAccessibleName(named.format(place=place, count=count))
            row.addWidget(self._button(Action.BACK))
            row.addWidget(self.walker)
            row.addWidget(self._button(Action.FORTH))
        theme.changed.connect(self._recolour)
        self._recolour()

    def show_for(self, turn: Turn, *, last: bool, ears: Ears) -> None:
        """Copy is for an answer, showing what was heard for a recording, setting back for a
        corrected answer, going on from here for a turn that something follows.

        Where an answer broke off, asking again is offered in words.
        """
        broken = turn.state.broken and turn.correction is None
        self.buttons[Action.COPY].setVisible(bool(turn.answer.text))
        self.buttons[Action.CORRECT].setVisible(turn.told)
        self.buttons[Action.RESTORE].setVisible(turn.correction is not None)
        self.buttons[Action.BRANCH].setVisible(not last)
        hear = self.buttons[Action.HEAR]
        hear.setVisible(bool(turn.clips) and ears is not Ears.NONE)
        hear.setEnabled(ears is Ears.FREE and not turn.listening)
        again = self.buttons[Action.AGAIN]
        _, name, tip = Action.AGAIN.value
        again.setText(translate("chat", name) if broken else "")
        again.setToolTip(translate("chat", _AGAIN_WHOLE if broken else tip))
        style = Qt.ToolButtonStyle
        again.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if broken else style.ToolButtonIconOnly
        )

    def _button(self, action: Action) -> QToolButton:
        _, name, tip = action.value
        button = QToolButton()
        button.setProperty("kind", "small-icon")
        button.setIconSize(QSize(15, 15))
        button.setAccessibleName(translate("chat", name))
        button.setToolTip(translate("chat", tip))
        button.clicked.connect(lambda: self.acted.emit(action))
        self.buttons[action] = button
        return button

    def _recolour(self) -> None:
        for action, button in self.buttons.items():
            colours = self._theme.palette
            button.setIcon(icon(action.value[0], colours.muted, disabled=colours.border))
