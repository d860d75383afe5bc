"""A recording drawn as a row of bars, filled as far as it was played."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Theme
from app.voice.peaks import Waveform

BAR, GAP = 2.0, 2.0
LEAST = 2.0  # the height of a bar of silence
WIDTH, HEIGHT = 150, 30


class Wave(QWidget):
    """Lives on the GUI thread.

    Signals:
        chosen(float): a place was clicked or dragged to, 0..1.
    """

    chosen = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._waveform: Waveform | None = None
        self._played = 0.0
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(WIDTH // 2, HEIGHT)

    @property
    def bars(self) -> tuple[float, ...]:
        """The heights that are drawn in this width, 0..1; the loudest of what each stands for."""
        peaks = self._waveform.peaks if self._waveform else ()
        room = max(int((self.width() + GAP) / (BAR + GAP)), 1)
        if not peaks:
            return (0.0,) * room
        edges = [round(n * len(peaks) / room) for n in range(room + 1)]
        return tuple(
            max(peaks[start : max(end, start + 1)] or peaks[-1:]) for start, end in pairwise(edges)
        )

    def show_waveform(self, waveform: Waveform) -> None:
        self._waveform = waveform
        self.update()

    def show_played(self, share: float) -> None:
        """So much of it was played, 0..1."""
        self._played = share
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._waveform is not None:
            self.chosen.emit(min(max(event.position().x() / max(self.width(), 1), 0.0), 1.0))
        else:
            super().mousePressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        accent = QColor(self._theme.palette.accent)
        rest = QColor(accent)
        rest.setAlphaF(0.38)
        bars = self.bars
        for number, height in enumerate(bars):
            tall = max(height * self.height(), LEAST)
            left = number * (BAR + GAP)
            played = self._played > 0 and (number + 0.5) / len(bars) <= self._played
            painter.setBrush(accent if played else rest)
            bar = QRectF(left, (self.height() - tall) / 2, BAR, tall)
            painter.drawRoundedRect(bar, BAR / 2, BAR / 2)
