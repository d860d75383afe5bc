"""What is seen of a recording: how loud it is, how long, how much is left, and how to end it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from app.icons import icon
from app.texts import translate
from app.theme import Theme
from app.voice.meter import LevelMeter

SOON_S = 5.0  # so little is left that it is time to come to an end


class RecordingStrip(QFrame):
    """Hidden while nothing is recorded; lives on the GUI thread.

    Signals:
        discarded(): the person wants nothing of it.
    """

    discarded = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(translate("voice", "Recording"))
        self.meter = LevelMeter(theme)
        self.elapsed = QLabel()
        self.left = QLabel()
        self.words = QLabel()
        self.words.setWordWrap(True)
        for label in (self.left, self.words):
            label.setProperty("kind", "small")
        self.discard = QToolButton()
        self.discard.setProperty("kind", "small-icon")
        self.discard.setAccessibleName(translate("voice", "Discard the recording"))
        self.discard.setToolTip(translate("voice", "Discard the recording (Esc)"))
        self.discard.clicked.connect(self.discarded)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.meter, 1)
        for part in (self.elapsed, self.left, self.discard):
            row.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(3, 0, 0, 2)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.words)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    def begin(self, limit_s: float) -> None:
        """One is begun, of at most so many seconds; the microphone is not open yet."""
        self.meter.begin()
        self.words.setText(translate("voice", "Opening the microphone…"))
        self.show_time(0.0, limit_s)
        self.show()

    def explain(self, *, speaking: bool, held: bool) -> None:
        """Say what to do now: speak, and how it ends."""
        if speaking:
            self.meter.show_speaking()
        if speaking and held:
            words = translate("voice", "Let go when you are done. Escape discards.")
        elif speaking:
            words = translate("voice", "Press again when you are done. Escape discards.")
        elif held:
            words = translate("voice", "Speak now, and let go when you are done. Escape discards.")
        else:
            words = translate("voice", "Speak now, and press again to end. Escape discards.")
        self.words.setText(words)

    def show_time(self, seconds: float, limit_s: float) -> None:
        """The clip has so many seconds, of so many that it can have."""
        self.elapsed.setText(_minutes(seconds))
        left = max(0.0, limit_s - seconds)
        words = translate("voice", "{time} left").format(time=_minutes(left))
        self.left.setText(words)
        kind = "urgent" if left <= SOON_S else "small"
        if kind != self.left.property("kind"):
            self.left.setProperty("kind", kind)
            self.left.style().polish(self.left)

    def _recolour(self) -> None:
        self.discard.setIcon(icon("close", self._theme.palette.text))


def _minutes(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"
