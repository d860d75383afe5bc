"""Push-to-talk in the window, by mouse and keys."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.engine_state import EngineState, Phase
from app.settings.effects import Effects
from app.settings.store import SettingsStore
from app.theme import Theme
from app.voice.clip import Clip
from app.voice.talk import Talk
from engine.grounding.geometry import Box
from tests.gui.conftest import WAIT_MS, Person
from tests.support.fake_portaudio import FakePortAudio, Stream
from tests.support.recording import READY
from tests.support.speech import SAID, SAID_S, said, silence

RATE = 44_100
LEFT = Qt.MouseButton.LeftButton


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
    def button(self) -> QWidget:
        return self.person.window.chat.composer.talk

    @property
    def hint(self) -> str:
        return self.person.window.chat.composer.hint.text()

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
    made.talk.hearing.connect(made.heard.append)
    made.talk.said.connect(lambda sentence, _wrong: made.said.append(sentence))
    yield made
    made.talk.close()
    streams = portaudio.streams
    window.qtbot.waitUntil(lambda: all(each.closed for each in streams), timeout=WAIT_MS)


def _repeat(widget: QWidget, key: Qt.Key) -> None:
    """What a keyboard sends again and again while a key is held, under X11."""
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, " ", True)
        QApplication.sendEvent(widget, event)


def test_the_button_is_held_to_talk(talker: Talker) -> None:
    QTest.mousePress(talker.button, LEFT)
    talker.speak()
    talker.until_held()
    talker.until_heard()
    strip = talker.talk.strip
    assert strip.isVisible() and talker.talk.recorder.recording
    assert strip.words.text() == "Let go when you are done. Escape discards."
    # The hand may slip off it.
    QTest.mouseRelease(talker.button, LEFT, pos=QPoint(-300, -300))
    clip = talker.until_spoken()
    assert SAID_S - 0.2 < clip.seconds < SAID_S + 0.7 and clip.path == talker.heard[0]
    assert set(talker.heard) == {clip.path}


def test_a_click_begins_and_a_click_ends(talker: Talker) -> None:
    QTest.mouseClick(talker.button, LEFT)
    assert talker.talk.recorder.recording
    talker.until_open()
    assert talker.talk.strip.words.text() == ("Speak now, and press again to end. Escape discards.")
    talker.speak()
    talker.until_heard()
    assert talker.talk.strip.words.text() == "Press again when you are done. Escape discards."
    QTest.mouseClick(talker.button, LEFT)
    talker.until_spoken()
    assert len(talker.clips) == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_the_button_by_keys(talker: Talker, key: Qt.Key) -> None:
    talker.button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(talker.button, key)
    _repeat(talker.button, key)
    assert talker.talk.recorder.recording
    talker.speak()
    talker.until_heard()
    QTest.keyClick(talker.button, key)
    talker.until_spoken()


def test_the_button_for_programs_that_press_it_for_people(talker: Talker) -> None:
    talker.person.window.chat.composer.talk.click()
    talker.speak()
    talker.until_heard()
    talker.person.window.chat.composer.talk.click()
    talker.until_spoken()


def test_the_button_says_what_it_does_and_that_it_records(talker: Talker) -> None:
    button = talker.person.window.chat.composer.talk
    assert button.accessibleName() == "Talk" and not button.isChecked()
    assert "Hold to talk" in button.toolTip() == button.accessibleDescription()
    button.click()
    assert button.accessibleName() == "End the recording" and button.isChecked()
    talker.talk.leave()
    assert button.accessibleName() == "Talk" and not button.isChecked()


@pytest.mark.parametrize("where", ["picture", "window", "conversations", "answer"])
def test_space_is_held_wherever_nothing_is_typed(talker: Talker, picture: Path, where: str) -> None:
    person = talker.person
    if where == "answer":
        person.wait_ready()
        person.bring(picture)
        turn = person.ask("[caption]")
        person.read(turn)
        widget: QWidget = person.card(turn).answer
    else:
        window = person.window
        places = {"picture": window.stage.view, "conversations": window.sidebar.list}
        widget = places.get(where, window)
    if where == "picture":
        person.bring(picture)
    widget.setFocus() if where != "window" else person.window.chat.composer.field.clearFocus()
    QTest.keyPress(widget, Qt.Key.Key_Space)
    assert talker.talk.recorder.recording
    _repeat(widget, Qt.Key.Key_Space)
    talker.speak()
    talker.until_held()
    talker.until_heard()
    _repeat(widget, Qt.Key.Key_Space)
    assert talker.talk.recorder.recording
    QTest.keyRelease(widget, Qt.Key.Key_Space)
    talker.until_spoken()
    assert person.window.chat.composer.field.toPlainText() == ""


def test_space_is_a_blank_where_words_are_typed(talker: Talker) -> None:
    window = talker.person.window
    talker.person.type("two words")
    assert window.chat.composer.field.toPlainText() == "two words"
    window.sidebar.search.setFocus()
    QTest.keyClicks(window.sidebar.search, "two words")
    assert window.sidebar.search.text() == "two words"
    assert talker.portaudio.streams == [] and not talker.talk.recorder.recording


def test_space_presses_a_button_that_has_the_focus(talker: Talker) -> None:
    new = talker.person.window.sidebar.new
    new.setFocus()
    with talker.person.qtbot.waitSignal(new.clicked):
        QTest.keyClick(new, Qt.Key.Key_Space)
    assert not talker.talk.recorder.recording


def test_space_with_another_key_is_nothing(talker: Talker, picture: Path) -> None:
    talker.person.bring(picture)
    view = talker.person.window.stage.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert not talker.talk.recorder.recording


def test_a_tap_of_space_goes_on_until_the_next(talker: Talker, picture: Path) -> None:
    talker.person.bring(picture)
    view = talker.person.window.stage.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert talker.talk.recorder.recording
    talker.speak()
    talker.until_heard()
    QTest.keyClick(view, Qt.Key.Key_Space)
    talker.until_spoken()


def test_the_focus_goes_elsewhere_while_space_is_held(talker: Talker, picture: Path) -> None:
    talker.person.bring(picture)
    window = talker.person.window
    window.stage.view.setFocus()
    QTest.keyPress(window.stage.view, Qt.Key.Key_Space)
    talker.speak()
    talker.until_held()
    talker.until_heard()
    field = window.chat.composer.field
    field.setFocus()
    talker.until_spoken()
    # The key still comes again and again: it types nothing, until it is let go.
    for _ in range(3):
        _repeat(field, Qt.Key.Key_Space)
    QTest.keyRelease(field, Qt.Key.Key_Space)
    assert field.toPlainText() == "" and not talker.talk.recorder.recording
    talker.person.type("a b")
    assert field.toPlainText() == "a b"


@pytest.mark.parametrize("by", ["button", "space"])
def test_the_window_goes_to_the_back_while_it_is_held(talker: Talker, by: str) -> None:
    window = talker.person.window
    if by == "button":
        QTest.mousePress(talker.button, LEFT)
    else:
        window.stage.setFocus()
        QTest.keyPress(window.stage, Qt.Key.Key_Space)
    talker.speak()
    talker.until_heard()
    other = QDialog(window)
    other.show()
    other.activateWindow()
    talker.until_spoken()
    other.close()
    window.activateWindow()
    talker.person.qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    if by == "button":
        QTest.mouseRelease(talker.button, LEFT)
    assert not talker.talk.recorder.recording
    talker.person.type("a b")
    assert window.chat.composer.field.toPlainText() == "a b"


def test_after_a_click_the_window_may_go_to_the_back(talker: Talker) -> None:
    QTest.mouseClick(talker.button, LEFT)
    talker.speak()
    talker.until_heard()
    QApplication.sendEvent(talker.person.window, QEvent(QEvent.Type.WindowDeactivate))
    assert talker.talk.recorder.recording and talker.clips == []


def test_escape_discards_and_says_so(talker: Talker) -> None:
    field = talker.person.window.chat.composer.field
    QTest.mousePress(talker.button, LEFT)
    talker.speak()
    talker.until_heard()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not talker.talk.recorder.recording and not talker.talk.strip.isVisible()
    assert talker.hint == "The recording was discarded."
    QTest.mouseRelease(talker.button, LEFT)
    path = talker.heard[0]
    talker.person.qtbot.waitUntil(lambda: not path.exists(), timeout=WAIT_MS)
    assert talker.clips == [] and not talker.talk.recorder.recording


def test_escape_is_for_the_recording_before_it_is_for_a_region(
    talker: Talker, picture: Path
) -> None:
    talker.person.bring(picture)
    view = talker.person.window.stage.view
    view.setFocus()
    view.region.set_box(Box(0.2, 0.2, 0.6, 0.6))
    region = view.region.box
    assert region is not None
    QTest.keyPress(view, Qt.Key.Key_Space)
    talker.until_open()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not talker.talk.recorder.recording and view.region.box == region
    QTest.keyRelease(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.region.box is None


def test_the_cross_discards(talker: Talker) -> None:
    QTest.mouseClick(talker.button, LEFT)
    talker.until_open()
    QTest.mouseClick(talker.talk.strip.discard, LEFT)
    assert not talker.talk.recorder.recording
    assert talker.hint == "The recording was discarded."


def test_the_strip_tells_how_loud_how_long_and_how_much_is_left(talker: Talker) -> None:
    strip = talker.talk.strip
    QTest.mouseClick(talker.button, LEFT)
    assert strip.words.text() == "Opening the microphone…"
    talker.speak(silence(RATE, 0.2, 2))
    qtbot = talker.person.qtbot
    qtbot.waitUntil(lambda: strip.left.text() == "5:00 left", timeout=WAIT_MS)
    assert strip.elapsed.text() == "0:00"
    talker.portaudio.streams[0].hear_sound(said(RATE, 2))
    qtbot.waitUntil(lambda: strip.elapsed.text() == "0:01", timeout=WAIT_MS)
    assert strip.left.text() == "4:58 left" and strip.left.property("kind") == "small"
    talker.talk.recorder.limit_s = 6.0
    talker.portaudio.streams[0].hear_sound(silence(RATE, 0.2, 2))
    qtbot.waitUntil(lambda: strip.left.property("kind") == "urgent", timeout=WAIT_MS)


def test_at_the_longest_it_stops_and_is_kept(talker: Talker) -> None:
    talker.talk.recorder.limit_s = 1.0
    QTest.mousePress(talker.button, LEFT)
    talker.speak()
    assert talker.until_spoken().seconds == 1.0
    talker.until_hint("The recording ended here")
    QTest.mouseRelease(talker.button, LEFT)
    assert not talker.talk.recorder.recording


@pytest.mark.parametrize(
    ("hears", "longest", "limit"), [(True, 15.0, 15.0), (True, None, 300.0), (False, None, 300.0)]
)
def test_the_model_tells_how_long_one_may_be(
    talker: Talker, hears: bool, longest: float | None, limit: float
) -> None:
    assert READY.info is not None
    info = replace(READY.info, hears=hears, longest_s=longest)
    talker.talk.show_engine(EngineState(Phase.READY, info=info))
    assert talker.talk.recorder.limit_s == limit
    talker.talk.show_engine(EngineState(Phase.LOADING))
    assert talker.talk.recorder.limit_s == limit


def test_it_records_while_the_engine_loads(broken_window: Person, portaudio: FakePortAudio) -> None:
    """Or can't be had at all: what is said is kept for when it can."""
    talker = Talker(broken_window, broken_window.window.talk, portaudio)
    talker.talk.spoken.connect(talker.clips.append)
    assert talker.button.isEnabled()
    QTest.mouseClick(talker.button, LEFT)
    talker.speak()
    elapsed = talker.talk.strip.elapsed
    broken_window.qtbot.waitUntil(lambda: elapsed.text() == "0:01", timeout=WAIT_MS)
    QTest.mouseClick(talker.button, LEFT)
    talker.until_spoken()


def test_nothing_said_is_said(talker: Talker) -> None:
    QTest.mouseClick(talker.button, LEFT)
    talker.speak(silence(RATE, 0.5, 2))
    QTest.mouseClick(talker.button, LEFT)
    talker.until_hint("Nothing was heard")
    assert talker.clips == []
    # With the next one it is gone.
    QTest.mouseClick(talker.button, LEFT)
    assert "Nothing was heard" not in talker.hint


def test_no_microphone_is_said_and_the_window_goes_on(talker: Talker) -> None:
    talker.portaudio.devices = [("speakers", 0)]
    QTest.mouseClick(talker.button, LEFT)
    talker.until_hint("No microphone is there; plug one in and try again.")
    assert not talker.talk.recorder.recording and not talker.talk.strip.isVisible()
    talker.person.wait_ready()
    assert len(talker.person.read(talker.person.ask("hello"))) > 0


def test_a_microphone_that_vanishes_leaves_what_was_said(talker: Talker) -> None:
    QTest.mousePress(talker.button, LEFT)
    talker.speak()
    talker.portaudio.streams[0].vanish()
    talker.until_spoken()
    talker.until_hint("The microphone headset is gone. What it heard until then is kept.")


def test_enter_in_the_field_ends_the_recording_before_it_sends(talker: Talker) -> None:
    composer = talker.person.window.chat.composer
    QTest.mouseClick(talker.button, LEFT)
    talker.speak()
    talker.until_heard()
    talker.person.type("and this")
    with talker.person.qtbot.assertNotEmitted(composer.asked):
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    talker.until_spoken()


def test_the_microphone_of_the_settings_is_recorded(
    talker: Talker, theme: Theme, tmp_path: Path
) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    effects = Effects(store, theme, talker.person.bridge, talker.talk)
    for name, device in (("built in", 1), (None, 2)):
        store.change(microphone=name)
        QTest.mouseClick(talker.button, LEFT)
        assert talker.until_open().device == device
        talker.talk.leave()
    del effects


def test_a_window_that_is_closed_records_no_more(talker: Talker) -> None:
    QTest.mouseClick(talker.button, LEFT)
    talker.speak()
    talker.until_heard()
    talker.person.window.close()
    streams = talker.portaudio.streams
    talker.person.qtbot.waitUntil(lambda: streams[0].closed, timeout=WAIT_MS)
    assert talker.clips == []


def test_what_was_said_becomes_a_question(talker: Talker) -> None:
    """The model of this window does not hear: it is written down, checked and sent."""
    person, composer = talker.person, talker.person.window.chat.composer
    person.wait_ready()
    QTest.mouseClick(talker.button, LEFT)
    talker.speak()
    talker.until_heard()
    QTest.mouseClick(talker.button, LEFT)
    talker.until_hint("Heard, please check")
    assert composer.words != "" and len(composer.clips.paths) == 1
    QTest.keyClick(composer.field, Qt.Key.Key_Return)
    (turn,) = person.window.chat.controller.turns
    assert turn.clips[0].is_file() and turn.clips[0] != talker.clips[0].path
    assert len(person.read(turn)) > 0


def test_what_is_played_ends_before_the_microphone_is_opened(talker: Talker) -> None:
    clips = talker.person.window.chat.clips
    clips.playing.play(talker, SAID)
    assert clips.playing.holder is talker
    QTest.mouseClick(talker.button, LEFT)
    assert clips.playing.holder is None
    talker.until_open()
    assert [each.closed for each in talker.portaudio.streams] == [True, False]
