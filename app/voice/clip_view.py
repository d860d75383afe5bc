"""A recording in the window: its waveform and length, played and stopped with a button."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.texts import translate
from app.theme import Theme
from app.voice.clips import Clips
from app.voice.peaks import Waveform, spoken_time
from app.voice.wave import Wave

SIDE = 30
STEP_S = 2.0  # what an arrow key goes


class ClipView(QWidget):
    """Shows one file; lives on the GUI thread. One of all that share `clips` is played at a time.

    A click on the waveform plays from there, as the arrow keys do on the button. What can't be
    played says so below.
    """

    def __init__(self, theme: Theme, path: Path, clips: Clips) -> None:
        super().__init__()
        self.path = path
        self._theme = theme
        self._playing = clips.playing
        self._seconds = 0.0
        self._at = 0.0
        self.button = _PlayButton()
        self.wave = Wave(theme)
        self.length = QLabel(spoken_time(0))
        self.sentence = QLabel()
        self._build()
        self.button.clicked.connect(self._pressed)
        self.button.stepped.connect(lambda way: self._play(self._at + way * STEP_S))
        self.wave.chosen.connect(lambda share: self._play(share * self._seconds))
        self._playing.changed.connect(self._changed)
        self._playing.moved.connect(self._moved)
        self._playing.failed.connect(self._failed)
        theme.changed.connect(self._changed)
        self._changed()
        clips.looked.connect(self._looked)
        self._show(clips.look(path))

    def _build(self) -> None:
        self.button.setProperty("kind", "play")
        self.button.setFixedSize(QSize(SIDE, SIDE))
        self.button.setIconSize(QSize(15, 15))
        self.length.setProperty("kind", "small")
        self.length.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.length.setAccessibleName(translate("sound", "Time in the recording"))
        self.sentence.setProperty("kind", "error")
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.hide()
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(self.button)
        row.addWidget(self.wave, 1)
        row.addWidget(self.length)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.sentence)

    @property
    def plays(self) -> bool:
        """Whether this is what is played."""
        return self._playing.holder is self

    def hideEvent(self, event: QHideEvent) -> None:
        """What is gone from the window is not heard any longer."""
        if self.plays and not event.spontaneous():
            self._playing.stop()
        super().hideEvent(event)

    def _pressed(self) -> None:
        if self.plays:
            self._playing.stop()
        else:
            self._play(0.0)

    def _play(self, start: float) -> None:
        self._say("")
        start = min(max(start, 0.0), self._seconds)
        self._playing.play(self, self.path, start=start)
        self._moved(start)

    def _looked(self, path: Path, outcome: Waveform | str) -> None:
        if path == self.path:
            self._show(outcome)

    def _show(self, outcome: Waveform | str | None) -> None:
        """How it looks, or why that can't be told; None: not known yet."""
        if isinstance(outcome, str):
            self._say(outcome)
        elif outcome is not None:
            self._seconds = outcome.seconds
            self.wave.show_waveform(outcome)
            self._changed()

    def _moved(self, seconds: float) -> None:
        if not self.plays:
            return
        self._at = seconds
        self.length.setText(spoken_time(seconds))
        self.wave.show_played(seconds / self._seconds if self._seconds else 0.0)

    def _changed(self) -> None:
        """Another recording is played, or none; or the colours are others."""
        plays = self.plays
        if not plays:
            self._at = 0.0
            self.wave.show_played(0.0)
            self.length.setText(spoken_time(self._seconds))
        length = spoken_time(self._seconds)
        named = translate("sound", "Stop the recording")
        if not plays:
            named = translate("sound", "Play the recording, {length}").format(length=length)
        self.button.setAccessibleName(named)
        play, stop = translate("sound", "Play (Space)"), translate("sound", "Stop (Space)")
        self.button.setToolTip(stop if plays else play)
        self.button.setIcon(icon("stop" if plays else "play", self._theme.palette.on_accent))

    def _failed(self, holder: object, sentence: str) -> None:
        if holder is self:
            self._say(sentence)

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))


class _PlayButton(QToolButton):
    """Enter presses it as Space does.

    Signals:
        stepped(int): an arrow key: 1 is forward, -1 back.
    """

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif way is not None:
            self.stepped.emit(way)
        else:
            super().keyPressEvent(event)
