"""How loud it was in the last moments, as bars that move on."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.texts import translate
from app.theme import Theme

BAR, GAP = 3, 2  # pixels
MOST = 200  # bars


class LevelMeter(QWidget):
    """The newest at the right. The bars are pale until somebody speaks; lives on the GUI thread."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._levels: deque[float] = deque(maxlen=MOST)
        self._speaking = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(translate("voice", "How loud it is"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(20 * (BAR + GAP), 26)

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * (BAR + GAP), 26)

    def begin(self) -> None:
        """Nothing was heard yet."""
        self._levels.clear()
        self._speaking = False
        self.update()

    def show_level(self, share: float) -> None:
        """It is so loud now, 0 to 1."""
        self._levels.append(share)
        self.update()

    def show_speaking(self) -> None:
        """Somebody speaks."""
        self._speaking = True
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colours = self._theme.palette
        painter.setBrush(QColor(colours.accent if self._speaking else colours.strong_border))
        middle = self.height() / 2
        for place in range(self.width() // (BAR + GAP)):
            heard = place < len(self._levels)
            # Squared: decibels alone would make a whisper nearly as high as a shout.
            share = self._levels[-1 - place] ** 2 if heard else 0.0
            height = BAR + (self.height() - BAR) * share
            left = self.width() - place * (BAR + GAP) - BAR
            painter.setOpacity(1.0 if heard else 0.35)
            bar = QRectF(left, middle - height / 2, BAR, height)
            painter.drawRoundedRect(bar, BAR / 2, BAR / 2)
