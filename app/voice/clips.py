"""What all recordings in the window share: which one is played, and how each looks."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.voice.peaks import Waveform, waveform_or_sentence

if TYPE_CHECKING:
    from app.sound.playing import Playing


class Clips(QObject):
    """Lives on the GUI thread.

    Signals:
        looked(Path, Waveform | str): how a recording looks, or one sentence why that is not known.
    """

    looked = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self, threads=1)
        self._known: dict[Path, Waveform] = {}

    @cached_property
    def playing(self) -> Playing:
        """What plays them. Not made before there is one: the window is painted sooner without."""
        from app.sound.playing import Playing

        return Playing(self)

    def stop(self) -> None:
        """Play none of them."""
        if "playing" in self.__dict__:
            self.playing.stop()

    def look(self, path: Path) -> Waveform | None:
        """How a recording looks, if that is known; `looked` tells it else."""
        if path not in self._known:
            self._background.run(
                lambda: waveform_or_sentence(path), lambda outcome: self._finish(path, outcome)
            )
        return self._known.get(path)

    def _finish(self, path: Path, outcome: Waveform | str) -> None:
        if isinstance(outcome, Waveform):
            self._known[path] = outcome
        self.looked.emit(path, outcome)
