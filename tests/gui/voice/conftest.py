"""A recorder without a sound card, and an ear for all that it tells."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.chat.composer import Composer
from app.voice import take
from app.voice.button import TalkButton
from app.voice.clip import Clip
from app.voice.recorder import Recorder
from app.voice.talk import Talk
from tests.gui.conftest import WAIT_MS, Person
from tests.support.fake_portaudio import FakePortAudio, Stream
from tests.support.speech import said

RATE = 44_100  # the fake microphones'


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, no microphone is taken for dead."""
    monkeypatch.setattr(take, "DEAD_S", WAIT_MS / 1000)


@dataclass
class Told:
    """All that a recorder said."""

    levels: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    began: list[Path] = field(default_factory=list)
    grown: list[int] = field(default_factory=list)
    paused: list[bytes] = field(default_factory=list)
    clips: list[Clip] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    ends: int = 0

    def listen(self, recorder: Recorder) -> None:
        recorder.level.connect(self.levels.append)
        recorder.elapsed.connect(self.seconds.append)
        recorder.began.connect(self.began.append)
        recorder.grew.connect(lambda: self.grown.append(self.began[-1].stat().st_size))
        recorder.paused.connect(lambda: self.paused.append(self.began[-1].read_bytes()[44:]))
        recorder.recorded.connect(self.clips.append)
        recorder.empty.connect(self.sentences.append)
        recorder.failed.connect(self.sentences.append)
        recorder.ended.connect(self._end)

    def _end(self) -> None:
        self.ends += 1


@dataclass(frozen=True, slots=True)
class Studio:
    """A recorder, its folder, the sound card that there isn't, and what was told."""

    recorder: Recorder
    folder: Path
    portaudio: FakePortAudio
    told: Told
    qtbot: QtBot

    def start(self, name: str | None = None) -> Stream:
        """Begin; gives the microphone, which is open by then."""
        before = len(self.portaudio.streams)
        with self.qtbot.waitSignal(self.recorder.opened, timeout=WAIT_MS):
            self.recorder.start(name, self.folder)
        assert len(self.portaudio.streams) == before + 1
        return self.portaudio.streams[-1]

    def hear(self, stream: Stream, sound: array[int]) -> None:
        """Let the microphone hear a sound, and wait until all of it was told of."""
        before = len(self.told.levels)
        piece = stream.facts["blocksize"] * stream.facts["channels"]
        pieces = -(-len(sound) // piece)
        stream.hear_sound(sound)
        self.qtbot.waitUntil(lambda: len(self.told.levels) == before + pieces, timeout=WAIT_MS)

    def sentence(self) -> str:
        """Wait until a sentence is said; gives it."""
        self.qtbot.waitUntil(lambda: bool(self.told.sentences), timeout=WAIT_MS)
        return self.told.sentences[-1]

    def clip(self) -> Clip:
        self.qtbot.waitUntil(lambda: bool(self.told.clips), timeout=WAIT_MS)
        return self.told.clips[-1]

    def wait_closed(self) -> None:
        """Until no microphone is open."""
        streams = self.portaudio.streams
        self.qtbot.waitUntil(lambda: all(each.closed for each in streams), timeout=WAIT_MS)

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*"))


@pytest.fixture
def studio(portaudio: FakePortAudio, qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    recorder, told = Recorder(), Told()
    told.listen(recorder)
    made = Studio(recorder, tmp_path / "recordings", portaudio, told, qtbot)
    yield made
    recorder.close()
    made.wait_closed()


@dataclass(frozen=True)
class Talker:
    """A person who talks to the window, and all that came of it."""

    person: Person
    talk: Talk
    portaudio: FakePortAudio
    clips: list[Clip] = field(default_factory=list)
    heard: list[Path] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def composer(self) -> Composer:
        return self.person.window.chat.composer

    @property
    def button(self) -> TalkButton:
        return self.composer.talk

    @property
    def hint(self) -> str:
        return self.composer.hint.text()

    def until_open(self) -> Stream:
        """Wait until the person may speak."""
        words = self.talk.strip.words
        self.person.qtbot.waitUntil(lambda: "Speak now" in words.text(), timeout=WAIT_MS)
        return self.portaudio.streams[-1]

    def until_held(self) -> None:
        """Wait for as long as nobody clicks."""
        self.person.qtbot.waitUntil(lambda: not self.talk.hold.isActive(), timeout=WAIT_MS)

    def speak(self, sound: array[int] | None = None) -> None:
        self.until_open().hear_sound(sound or said(RATE, 2))

    def until_heard(self) -> None:
        """Wait until speech began and has grown."""
        self.person.qtbot.waitUntil(lambda: len(self.heard) > 1, timeout=WAIT_MS)

    def until_spoken(self) -> Clip:
        self.person.qtbot.waitUntil(lambda: bool(self.clips), timeout=WAIT_MS)
        assert not self.talk.recorder.recording and not self.talk.strip.isVisible()
        return self.clips[-1]

    def until_hint(self, words: str) -> None:
        self.person.qtbot.waitUntil(lambda: words in self.hint, timeout=WAIT_MS)


@pytest.fixture
def talker(window: Person, portaudio: FakePortAudio) -> Iterator[Talker]:
    window.window.activateWindow()
    window.qtbot.waitUntil(window.window.isActiveWindow, timeout=WAIT_MS)
    made = Talker(window, window.window.talk, portaudio)
    made.talk.spoken.connect(made.clips.append)
    made.talk.hearing.connect(lambda path, _paused: made.heard.append(path))
    made.talk.said.connect(lambda sentence, _wrong: made.said.append(sentence))
    yield made
    made.talk.close()
    # Without the event loop, in which the window would be deleted before it was closed.
    assert all(each.wait_closed(WAIT_MS / 1000) for each in portaudio.streams)


def repeat_key(widget: QWidget, key: Qt.Key) -> None:
    """What a keyboard sends again and again while a key is held, under X11."""
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, " ", True)
        QApplication.sendEvent(widget, event)
