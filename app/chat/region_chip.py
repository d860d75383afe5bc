"""The region that a question is about, as a chip in the composer that can be taken away."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from app.canvas.rounded import cut_out, rounded
from app.chat.chip import Chip
from app.texts import translate
from app.theme import Theme
from engine.grounding.geometry import Box

THUMBNAIL = QSize(44, 32)


class RegionChip(Chip):
    """Hidden while there is no region; lives on the GUI thread."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            theme,
            name=translate("chat", "Remove the region from the question"),
            tip=translate("chat", "Remove the region (Delete)"),
        )
        self.box: Box | None = None
        self._picture = QLabel()
        self.hold(self._picture, QLabel(translate("chat", "About this region")))
        self.hide()

    def show_region(self, box: Box | None, picture: QImage | None) -> None:
        """Show a region of a picture; None takes the chip away."""
        self.box = box
        if box is not None and picture is not None:
            self._picture.setPixmap(rounded(cut_out(picture, box, THUMBNAIL), THUMBNAIL))
        self.setVisible(box is not None)
