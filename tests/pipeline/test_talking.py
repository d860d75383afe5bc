"""A person holds the real key in the real window and speaks: through PortAudio, to a box.

The voice is a file that is played into a sound server without a sound card; the microphone is what
that server plays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.examples import FOLDER
from app.sound.devices import SoundError, microphones
from app.theme import Theme
from app.voice.clip import Clip
from engine.client import host_command
from engine.grounding.geometry import Box
from tests.gui.conftest import Person, open_window
from tests.support.scripted_host import COMMAND
from tests.support.sound_server import MICROPHONE, SoundServer, missing, sound_server
from tests.support.speech import SAID, SAID_S, WORDS_S, read_wav, said

BUNDLE = Path(__file__).resolve().parents[2] / "build" / "sightline-mini"
LONG_MS = 180_000
WOMAN = Box(0.0, 0.0, 0.8, 1.0)
AFTERWARDS_S = 0.5  # of silence in the recording: the last word has arrived by then


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    if reason := missing():
        pytest.skip(f"There is no sound server to talk into: {reason}")
    folder = tmp_path / "sound"
    folder.mkdir(mode=0o700)
    with sound_server(folder) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        try:
            names = [each.name for each in microphones()]
        except SoundError as error:
            pytest.skip(f"PortAudio can't be used here: {error}")
        if MICROPHONE not in names:
            pytest.skip(f"PortAudio does not know the sound server, only {names}.")
        yield server


@dataclass
class Talker:
    """A person with a voice."""

    person: Person
    server: SoundServer
    clips: list[Clip] = field(default_factory=list)
    heard: list[Path] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        talk = self.person.window.talk
        talk.microphone = MICROPHONE
        talk.spoken.connect(self.clips.append)
        talk.hearing.connect(lambda path, _paused: self.heard.append(path))
        talk.recorder.elapsed.connect(self.seconds.append)

    def talk(self) -> Clip:
        """Hold Space over the picture, say the sentence, let go; gives what was recorded."""
        window, qtbot = self.person.window, self.person.qtbot
        view, words = window.stage.view, window.talk.strip.words
        window.activateWindow()
        QTest.keyClick(window, Qt.Key.Key_F6)
        qtbot.waitUntil(view.hasFocus, timeout=LONG_MS)
        QTest.keyPress(view, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: "Speak now" in words.text(), timeout=LONG_MS)
        voice = self.server.play(SAID)
        qtbot.waitUntil(lambda: voice.poll() is not None, timeout=LONG_MS)
        assert voice.returncode == 0
        enough = SAID_S + AFTERWARDS_S
        qtbot.waitUntil(lambda: max(self.seconds, default=0) > enough, timeout=LONG_MS)
        QTest.keyRelease(view, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: bool(self.clips), timeout=LONG_MS)
        return self.clips[-1]


@pytest.fixture
def scripted(server: SoundServer, qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Talker]:
    """At a window with an engine process that is played."""
    for person in open_window(qtbot, theme, tmp_path, COMMAND):
        yield Talker(person, server)


@pytest.fixture
def real(server: SoundServer, qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Talker]:
    """At a window with the bundled model in its engine process."""
    if not BUNDLE.is_dir():
        pytest.skip(f"The bundled model is not at {BUNDLE}; the set-up puts it there.")
    command = host_command(BUNDLE)
    for person in open_window(qtbot, theme, tmp_path, command, patience_ms=LONG_MS):
        yield Talker(person, server)


def test_what_is_said_is_what_is_recorded(scripted: Talker) -> None:
    scripted.person.wait_ready()
    scripted.person.bring(FOLDER / "cat.jpg")
    clip = scripted.talk()
    assert WORDS_S < clip.seconds < SAID_S + 0.8
    assert len(scripted.heard) > 1 and set(scripted.heard) == {clip.path}
    (kept,) = scripted.person.window.chat.composer.clips.paths
    rate, samples = read_wav(kept)
    assert _likeness(np.array(samples, np.float64), np.array(said(rate), np.float64)) > 0.95


def _likeness(recorded: npt.NDArray[np.float64], spoken: npt.NDArray[np.float64]) -> float:
    """How well one signal lies over the other where they fit best: 1 is the same."""
    found = np.correlate(recorded, spoken, "full").max()
    return float(found / np.sqrt((recorded**2).sum() * (spoken**2).sum()))


@pytest.mark.bundle
def test_a_spoken_question_gets_a_box(real: Talker) -> None:
    """A model that hears is asked at once; for another one the words come into the field first."""
    person, composer = real.person, real.person.window.chat.composer
    person.wait_ready()
    person.bring(FOLDER / "astronaut.jpg")
    chips = {chip.text(): chip for chip in composer.findChildren(QPushButton)}
    QTest.mouseClick(chips["Point to"], Qt.MouseButton.LeftButton)
    real.talk()
    info = person.bridge.state.info
    assert info is not None
    if not info.hears:
        person.qtbot.waitUntil(lambda: "woman" in composer.words.lower(), timeout=LONG_MS)
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    controller = person.window.chat.controller
    person.qtbot.waitUntil(lambda: len(controller.turns) == 1, timeout=LONG_MS)
    (turn,) = controller.turns
    person.read(turn)
    assert len(turn.clips) == 1
    (box,) = person.window.stage.view.boxes
    assert box.box.iou(WOMAN) > 0.5
