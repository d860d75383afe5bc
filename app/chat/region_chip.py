"""The region that a question is about, as a chip in the composer that can be taken away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from app.canvas.rounded import cut_out, rounded
from app.icons import icon
from app.texts import translate
from app.theme import Theme
from engine.grounding.geometry import Box

THUMBNAIL = QSize(44, 32)


class RegionChip(QFrame):
    """Hidden while there is no region; lives on the GUI thread.

    Signals:
        removed(): the person wants the region out of the question.
    """

    removed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.box: Box | None = None
        self.setProperty("kind", "region")
        self._picture = QLabel()
        words = QLabel(translate("chat", "About this region"))
        self.remove = QToolButton()
        self.remove.setAccessibleName(translate("chat", "Remove the region from the question"))
        self.remove.setToolTip(translate("chat", "Remove the region (Delete)"))
        self.remove.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(5, 4, 5, 4)
        row.setSpacing(8)
        for part in (self._picture, words, self.remove):
            row.addWidget(part)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    def show_region(self, box: Box | None, picture: QImage | None) -> None:
        """Show a region of a picture; None takes the chip away."""
        self.box = box
        if box is not None and picture is not None:
            self._picture.setPixmap(rounded(cut_out(picture, box, THUMBNAIL), THUMBNAIL))
        self.setVisible(box is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def _recolour(self) -> None:
        self.remove.setIcon(icon("close", self._theme.palette.text))
