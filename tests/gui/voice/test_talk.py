"""Push-to-talk in the window, by mouse and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.engine_state import EngineState, Phase
from app.settings.effects import Effects
from app.settings.store import SettingsStore
from app.theme import Theme
from tests.gui.conftest import WAIT_MS, Person
from tests.gui.voice.conftest import RATE, Talker, repeat_key
from tests.support.fake_portaudio import FakePortAudio
from tests.support.recording import READY
from tests.support.speech import SAID, SAID_S, said, silence

LEFT = Qt.MouseButton.LeftButton


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
    repeat_key(talker.button, key)
    assert talker.talk.recorder.recording
    talker.speak()
    talker.until_heard()
    QTest.keyClick(talker.button, key)
    talker.until_spoken()


def test_the_button_for_programs_that_press_it_for_people(talker: Talker) -> None:
    talker.button.click()
    talker.speak()
    talker.until_heard()
    talker.button.click()
    talker.until_spoken()


def test_the_button_says_what_it_does_and_that_it_records(talker: Talker) -> None:
    button = talker.button
    assert button.accessibleName() == "Talk" and not button.isChecked()
    assert "Hold to talk" in button.toolTip() == button.accessibleDescription()
    button.click()
    assert button.accessibleName() == "End the recording" and button.isChecked()
    talker.talk.leave()
    assert button.accessibleName() == "Talk" and not button.isChecked()


def test_the_cross_discards(talker: Talker) -> None:
    QTest.mouseClick(talker.button, LEFT)
    talker.until_open()
    QTest.mouseClick(talker.talk.strip.discard, LEFT)
    assert not talker.talk.recorder.recording
    assert talker.hint == "The recording was discarded."


def test_the_strip_tells_how_loud_how_long_and_how_much_is_left(talker: Talker) -> None:
    talker.person.wait_ready()  # then it is known how long one may be
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
    composer = talker.composer
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
    person, composer = talker.person, talker.composer
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
    streams, until = talker.portaudio.streams, talker.person.qtbot.waitUntil
    until(lambda: bool(streams), timeout=WAIT_MS)
    QTest.mouseClick(talker.button, LEFT)
    assert clips.playing.holder is None
    talker.until_open()
    until(lambda: [each.closed for each in streams] == [True, False], timeout=WAIT_MS)
