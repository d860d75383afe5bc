"""Recording as the window sees it: begun, ended or discarded, and told of by signals."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.background import Background, living, post
from app.sound.devices import SoundError, portaudio
from app.voice.recordings import tidy
from app.voice.take import (
    Began,
    Broken,
    Discarded,
    End,
    Grew,
    Heard,
    Kept,
    Nothing,
    Opened,
    Outcome,
    Paused,
    Take,
    Told,
)

SHORT_S = 30.0  # the longest clip until a model tells how long it may be


def _load() -> None:
    from app.voice.resampling import Resampler
    from app.voice.wav import RATE

    # Not the voice detection: it loads a large library, which once hung together with a thread
    # that read a picture. It is there a moment after the microphone, and what was said waits.
    Resampler(RATE, 1)
    with suppress(SoundError):  # it is said when somebody talks
        portaudio()


class _Ear:
    """Carries what a recording tells to its owner, as long as it has one: a worker thread may still
    run when the window is taken down."""

    owner: Recorder | None = None

    def __init__(self, owner: Recorder) -> None:
        self.owner = owner

    def tell(self, told: Told) -> None:
        if self.owner is not None:
            post(self._pass_on, told)

    def _pass_on(self, told: Told) -> None:
        if (owner := living(self.owner)) is not None:
            owner.take_in(self, told)


class Recorder(QObject):
    """Records one clip after the other away from the GUI thread, on which it lives.

    `limit_s` is how long the longest may be; a change is for the one that is recorded, too.

    Signals:
        opened(): the microphone hears now.
        level(float): how loud it is, 0 (nothing) to 1 (as loud as can be), many times a second.
        elapsed(float): how many seconds the clip has by now.
        began(Path): somebody speaks: this file grows (WAV, 16 kHz, mono, 16 bits; its header says
            nothing of its length). What is in it stays as it is.
        grew(): there is more in the file; about twice a second.
        paused(): nobody speaks just now, and what is in the file may be all.
        ended(): it is recorded no longer; what comes of it, if anything, is told after that.
        recorded(Clip): this is what was said.
        empty(str): nothing was said; a sentence about it.
        failed(str): it could not be recorded, or only until now; a sentence. What there is was told
            by `recorded` before.
    """

    opened = Signal()
    level = Signal(float)
    elapsed = Signal(float)
    began = Signal(object)
    grew = Signal()
    paused = Signal()
    ended = Signal()
    recorded = Signal(object)
    empty = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self, threads=1)
        self._limit_s = SHORT_S
        self._take: Take | None = None
        self._ear: _Ear | None = None
        self._ending: list[_Ear] = []

    @property
    def recording(self) -> bool:
        return self._take is not None

    @property
    def limit_s(self) -> float:
        return self._limit_s

    @limit_s.setter
    def limit_s(self, seconds: float) -> None:
        self._limit_s = seconds
        if self._take is not None:
            self._take.limit_s = seconds

    def tidy(self, folder: Path) -> None:
        """Delete what earlier runs left in the folder."""
        self._background.run(lambda: tidy(folder), lambda _: None)

    def warm_up(self) -> None:
        """Load what the first recording would wait for, so that no word of it is missed."""
        self._background.run(_load, lambda _: None)

    def start(self, microphone: str | None, folder: Path) -> None:
        """Record the microphone of that name (None: the system's own) into a file in the folder;
        nothing where one is recorded already."""
        if self._take is None:
            ear = self._ear = _Ear(self)
            take = self._take = Take(microphone, folder, self._limit_s, ear.tell)
            self._background.run(take.run, lambda _: None)

    def stop(self) -> None:
        """That was all: keep what was said."""
        if self._ear is not None:
            self._ending.append(self._ear)
            self._end(End.LET_GO)

    def discard(self) -> None:
        """Keep nothing of it."""
        if self._ear is not None:
            self._ear.owner = None
            self._end(End.DISCARDED)

    def close(self) -> None:
        """The window closes: nothing is recorded any more, and nothing is told."""
        self.discard()
        for ear in self._ending:
            ear.owner = None

    def _end(self, why: End) -> None:
        if self._take is not None:
            self._take.end(why)
        self._take = self._ear = None
        self.ended.emit()

    def take_in(self, ear: _Ear, told: Told) -> None:
        """What a recording tells; on the GUI thread."""
        if isinstance(told, Kept | Nothing | Broken | Discarded):
            if ear is self._ear:
                self._take = self._ear = None
                self.ended.emit()
            elif ear in self._ending:
                self._ending.remove(ear)
            else:
                return  # it was discarded while this was on its way
            self._say(told)
        elif ear is self._ear:
            self._follow(told)

    def _follow(self, told: Opened | Heard | Began | Grew | Paused) -> None:
        match told:
            case Opened():
                self.opened.emit()
            case Heard(share, seconds):
                self.level.emit(share)
                self.elapsed.emit(seconds)
            case Began(path):
                self.began.emit(path)
            case Grew():
                self.grew.emit()
            case Paused():
                self.paused.emit()

    def _say(self, outcome: Outcome) -> None:
        match outcome:
            case Kept(clip, sentence):
                self.recorded.emit(clip)
                if sentence:
                    self.failed.emit(sentence)
            case Nothing(sentence):
                self.empty.emit(sentence)
            case Broken(sentence):
                self.failed.emit(sentence)
