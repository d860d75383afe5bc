"""A sound file is played, one at a time, away from the GUI thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.background import Background, living, post
from app.sound.devices import SoundError, speaker
from app.sound.outputs import Fill, Output
from app.texts import translate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from app.sound.source import Source


class _Play:
    """What PortAudio's threads call while a file is played; dumb from the moment it is stopped.

    Those threads may still run when the window is taken down: without an owner it leaves Qt alone.
    """

    owner: Playing | None = None
    _source: Source | None = None

    def __init__(self, owner: Playing, path: Path, start: float) -> None:
        self.owner = owner
        self._path = path
        self._start = start
        self._output = Output(self._sound_at, self._end)

    def open(self) -> str:
        """Play; gives a sentence where that can't be. In the worker thread."""
        import soundfile

        try:
            if not self._path.exists():
                return translate("sound", "The file of this recording is no longer there.")
            self._output.open(speaker())
        except SoundError as error:
            return str(error)
        except (OSError, soundfile.SoundFileError) as error:
            broken = translate("sound", "This recording can't be read: {reason}")
            return broken.format(reason=error)
        return ""

    def close(self) -> None:
        """End it; in the worker thread."""
        self._output.close()
        if self._source is not None:
            self._source.close()

    def _sound_at(self, rate: int) -> Fill:
        from app.sound.source import Source

        if self._source is not None:  # a rate before this one was refused
            self._source.close()
        source = self._source = Source(self._path, rate, start=self._start)

        def fill(count: int) -> npt.NDArray[np.float32]:
            if self.owner is not None:
                post(self._went, source.seconds)
            return source.read(count)

        return fill

    def _end(self) -> None:
        if self.owner is not None:
            post(self._ended)

    def _went(self, seconds: float) -> None:
        if (owner := living(self.owner)) is not None:
            owner.goes_on(self, seconds)

    def _ended(self) -> None:
        if (owner := living(self.owner)) is not None:
            owner.over(self)


class Playing(QObject):
    """Plays for one `holder` at a time; lives on the GUI thread.

    Signals:
        changed(): it plays for another holder now, or for none.
        moved(float): how far it is in the file, in seconds.
        failed(object, str): it could not be played for this holder, with one sentence.
    """

    changed = Signal()
    moved = Signal(float)
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self, threads=1)
        self._play: _Play | None = None
        self.holder: object | None = None

    def play(self, holder: object, path: Path, *, start: float = 0.0) -> None:
        """Play a file from so many seconds on; what was played stops."""
        self._leave()
        play = self._play = _Play(self, path, start)
        self.holder = holder
        self._background.run(play.open, lambda said: self._opened(said, play))
        self.changed.emit()

    def stop(self) -> None:
        """Play no longer."""
        if self._play is not None:
            self._leave()
            self.changed.emit()

    def _leave(self) -> None:
        play, self._play = self._play, None
        self.holder = None
        if play is not None:
            play.owner = None
            # After it was opened and before anything else is, whatever this thread knows by now.
            self._background.run(play.close, lambda _: None)

    def _opened(self, sentence: str, play: _Play) -> None:
        if sentence and play is self._play:
            holder = self.holder
            self.stop()
            self.failed.emit(holder, sentence)

    def goes_on(self, play: _Play, seconds: float) -> None:
        """It is so far; on the GUI thread."""
        if play is self._play:
            self.moved.emit(seconds)

    def over(self, play: _Play) -> None:
        """The file is at its end; on the GUI thread."""
        if play is self._play:
            self.stop()
