"""The engine's state in the header, and the way out when it failed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.engine_state import EngineState, Phase
from app.texts import marked, translate
from app.theme import Theme
from app.wording import state_in_words

_LOADING, _RESTARTING = marked("engine", "Loading the model…"), marked("engine", "Restarting…")
_READY, _ANSWERING = marked("engine", "{name} · ready"), marked("engine", "{name} · answering")


class Dot(QWidget):
    """A dot in the colour of a state, or a ring that fills while something loads."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._colour = "busy"
        self._share: float | None = None
        self.setFixedSize(QSize(14, 14))
        theme.changed.connect(self.update)

    def show_state(self, colour: str, share: float | None = None) -> None:
        """`colour` names one of the palette; `share` 0..1 draws a ring filled so far."""
        self._colour, self._share = colour, share
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(getattr(self._theme.palette, self._colour))
        if self._share is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QRectF(self.rect()).adjusted(3, 3, -3, -3))
            return
        ring = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        rest = QColor(colour)
        rest.setAlphaF(0.25)
        painter.setPen(QPen(rest, 2.4))
        painter.drawEllipse(ring)
        painter.setPen(QPen(colour, 2.4))
        painter.drawArc(ring, 90 * 16, -int(360 * 16 * max(self._share, 0.06)))


class EngineStatus(QWidget):
    """A dot and a few words: loading, ready with the model's name, answering, failed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._dot = Dot(theme)
        self._words = QLabel()
        self._words.setProperty("kind", "muted")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(translate("engine", "Engine"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._dot)
        row.addWidget(self._words)

    @property
    def text(self) -> str:
        return self._words.text()

    def show_state(self, state: EngineState, *, answering: bool) -> None:
        """Show the engine's state; `answering` is the conversation's."""
        match state.phase:
            case Phase.LOADING:
                text = translate("engine", _RESTARTING if state.restarted else _LOADING)
                text += f" {state.done:.0%}" if state.done else ""
                self._dot.show_state("busy", state.done or 0.0)
            case Phase.READY:
                name = state.info.name if state.info else translate("engine", "The model")
                text = translate("engine", _ANSWERING if answering else _READY).format(name=name)
                self._dot.show_state("accent" if answering else "good")
            case Phase.FAILED:
                text = translate("engine", "Engine stopped")
                self._dot.show_state("danger")
        self._words.setText(text)
        self.setToolTip(state_in_words(state) or text)
        self.setAccessibleDescription(text)


class FailureBar(QFrame):
    """One sentence about what failed and a button that tries again.

    Signals:
        restart(): the person wants a new engine.
    """

    restart = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "failure")
        self._words = QLabel()
        self._words.setProperty("kind", "error")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QPushButton(translate("engine", "Restart the engine"))
        self.button.setProperty("kind", "outline")
        self.button.setToolTip(translate("engine", "Start the engine again (Ctrl+Shift+R)"))
        self.button.setShortcut("Ctrl+Shift+R")
        self.button.clicked.connect(self.restart)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        column.addWidget(self._words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    @property
    def text(self) -> str:
        return self._words.text()

    def show_state(self, state: EngineState) -> None:
        """Appears with a failure and goes with it."""
        self._words.setText(state_in_words(state) or translate("engine", "The engine stopped."))
        self.setVisible(state.phase is Phase.FAILED)
