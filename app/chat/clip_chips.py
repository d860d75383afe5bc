"""The recordings that go with the next question, as chips in the composer to be taken away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.chat.chip import Chip
from app.texts import translate
from app.theme import Theme

if TYPE_CHECKING:
    from app.voice.clips import Clips


WIDTH = 300


class ClipChips(QWidget):
    """One below the other, in their order; hidden while there is none. Lives on the GUI thread.

    Signals:
        changed(): there are other recordings than before.
        removed(Path): the person took this one away.
    """

    changed = Signal()
    removed = Signal(object)

    def __init__(self, theme: Theme, clips: Clips) -> None:
        super().__init__()
        self._theme = theme
        self._clips = clips
        self._chips: dict[Path, ClipChip] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.hide()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of the recordings."""
        return tuple(self._chips)

    def chip(self, path: Path) -> ClipChip:
        return self._chips[path]

    def add(self, path: Path) -> None:
        """One more recording, if it is not there."""
        if path not in self._chips:
            self._insert(path)
            self._tell()

    def show_only(self, paths: tuple[Path, ...]) -> None:
        """These recordings and no others."""
        if paths != self.paths:
            for path in self.paths:
                self._take(path)
            for path in paths:
                self._insert(path)
            self._tell()

    def _insert(self, path: Path) -> None:
        chip = ClipChip(self._theme, path, self._clips)
        chip.removed.connect(lambda: self._remove(path))
        self._chips[path] = chip
        self._column.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeft)

    def _remove(self, path: Path) -> None:
        self._take(path)
        self._tell()
        self.removed.emit(path)

    def _take(self, path: Path) -> None:
        chip = self._chips.pop(path)
        self._column.removeWidget(chip)
        chip.hide()
        chip.deleteLater()

    def _tell(self) -> None:
        self.setVisible(bool(self._chips))
        self.changed.emit()


class ClipChip(Chip):
    """A recording that can be played and taken away; lives on the GUI thread."""

    def __init__(self, theme: Theme, path: Path, clips: Clips) -> None:
        super().__init__(
            theme,
            name=translate("chat", "Remove the recording from the question"),
            tip=translate("chat", "Remove the recording (Delete)"),
        )
        # Loaded with the first recording: the window is painted sooner without it.
        from app.voice.clip_view import ClipView

        self.setMinimumWidth(WIDTH)
        self.view = ClipView(theme, path, clips)
        self.hold(self.view)
