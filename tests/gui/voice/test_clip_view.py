"""A recording in the window: seen, played and stopped by mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.voice.clip_view import ClipView
from app.voice.clips import Clips
from tests.gui.conftest import WAIT_MS
from tests.support.fake_portaudio import FakePortAudio, Stream
from tests.support.sounds import tone

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def clips(portaudio: FakePortAudio, qtbot: QtBot) -> Iterator[Clips]:
    made = Clips()
    yield made
    made.stop()
    qtbot.waitUntil(lambda: all(each.closed for each in portaudio.streams), timeout=WAIT_MS)


def _shown(path: Path, theme: Theme, clips: Clips, qtbot: QtBot) -> ClipView:
    view = ClipView(theme, path, clips)
    qtbot.addWidget(view)
    view.resize(280, 40)
    view.show()
    qtbot.waitExposed(view)
    view.button.setFocus()
    return view


@pytest.fixture
def view(tmp_path: Path, theme: Theme, clips: Clips, qtbot: QtBot) -> ClipView:
    """Ten seconds that get louder."""
    view = _shown(tone(tmp_path / "said.wav", seconds=10), theme, clips, qtbot)
    qtbot.waitUntil(lambda: view.length.text() == "0:10", timeout=WAIT_MS)
    return view


def _stream(view: ClipView, portaudio: FakePortAudio, qtbot: QtBot) -> Stream:
    """The loudspeaker that plays it now."""
    qtbot.waitUntil(lambda: view.plays and bool(portaudio.streams), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not portaudio.streams[-1].closed, timeout=WAIT_MS)
    return portaudio.streams[-1]


def test_its_form_and_length_are_seen(view: ClipView) -> None:
    bars = view.wave.bars
    assert 30 < len(bars) < 70
    assert bars[2] < bars[len(bars) // 2] < bars[-1]
    assert view.button.accessibleName() == "Play the recording, 0:10"
    assert not view.sentence.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_a_key_plays_and_stops(
    view: ClipView, portaudio: FakePortAudio, qtbot: QtBot, key: Qt.Key
) -> None:
    QTest.keyClick(view.button, key)
    stream = _stream(view, portaudio, qtbot)
    assert view.button.accessibleName() == "Stop the recording"
    stream.play(3 * 44_100)
    stream.play(10)
    qtbot.waitUntil(lambda: view.length.text() == "0:03", timeout=WAIT_MS)
    QTest.keyClick(view.button, key)
    assert (view.plays, view.length.text()) == (False, "0:10")
    qtbot.waitUntil(lambda: stream.closed, timeout=WAIT_MS)


def test_a_click_on_it_and_the_arrows_seek(
    view: ClipView, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    wave = view.wave
    QTest.mouseClick(wave, LEFT, pos=QPoint(wave.width() // 2, 5))
    _stream(view, portaudio, qtbot)
    assert view.length.text() == "0:05"
    QTest.keyClick(view.button, Qt.Key.Key_Right)
    assert view.length.text() == "0:07"
    for _ in range(5):
        QTest.keyClick(view.button, Qt.Key.Key_Left)
    assert view.length.text() == "0:00"
    QTest.mouseClick(wave, Qt.MouseButton.RightButton)
    assert view.length.text() == "0:00"
    qtbot.waitUntil(lambda: len(portaudio.streams) == 7, timeout=WAIT_MS)


def test_it_ends_by_itself(view: ClipView, portaudio: FakePortAudio, qtbot: QtBot) -> None:
    view.button.click()
    _stream(view, portaudio, qtbot).play(11 * 44_100)
    qtbot.waitUntil(lambda: not view.plays, timeout=WAIT_MS)
    assert view.length.text() == "0:10"


def test_what_is_hidden_is_not_heard(
    view: ClipView, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    view.button.click()
    stream = _stream(view, portaudio, qtbot)
    view.hide()
    assert not view.plays
    qtbot.waitUntil(lambda: stream.closed, timeout=WAIT_MS)


def test_the_same_file_twice_is_read_once_and_played_once(
    view: ClipView, theme: Theme, clips: Clips, qtbot: QtBot
) -> None:
    view.path.rename(view.path.with_name("elsewhere.wav"))
    other = _shown(view.path, theme, clips, qtbot)
    assert other.length.text() == "0:10"
    view.path.with_name("elsewhere.wav").rename(view.path)
    view.button.click()
    other.button.click()
    assert (view.plays, other.plays) == (False, True)
    assert (view.length.text(), other.length.text()) == ("0:10", "0:00")


def test_what_can_not_be_played_is_said_below_it(
    view: ClipView, portaudio: FakePortAudio, theme: Theme, clips: Clips, qtbot: QtBot
) -> None:
    portaudio.outputs = {}
    view.button.click()
    qtbot.waitUntil(view.sentence.isVisible, timeout=WAIT_MS)
    assert view.sentence.text().startswith("No loudspeaker is there")
    assert not view.plays
    gone = _shown(view.path.with_name("gone.wav"), theme, clips, qtbot)
    qtbot.waitUntil(gone.sentence.isVisible, timeout=WAIT_MS)
    assert gone.sentence.text() == "The file of this recording is no longer there."
    portaudio.outputs = {"speakers": 2}
    view.button.click()
    assert not view.sentence.isVisible()


def test_one_that_goes_while_it_is_read_is_no_trouble(
    tmp_path: Path, theme: Theme, clips: Clips, qtbot: QtBot
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    ClipView(theme, tone(tmp_path / "said.wav"), clips).setParent(parent)
    with qtbot.waitSignal(clips.looked, timeout=WAIT_MS):
        parent.children()[0].deleteLater()
