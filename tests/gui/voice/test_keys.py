"""The keys to talk: Space, wherever nothing is typed, and Escape."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from engine.grounding.geometry import Box
from tests.gui.conftest import WAIT_MS
from tests.gui.voice.conftest import Talker, repeat_key

LEFT = Qt.MouseButton.LeftButton


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
    widget.setFocus() if where != "window" else talker.composer.field.clearFocus()
    QTest.keyPress(widget, Qt.Key.Key_Space)
    assert talker.talk.recorder.recording
    repeat_key(widget, Qt.Key.Key_Space)
    talker.speak()
    talker.until_held()
    talker.until_heard()
    repeat_key(widget, Qt.Key.Key_Space)
    assert talker.composer.field.toPlainText() == ""
    QTest.keyRelease(widget, Qt.Key.Key_Space)
    talker.until_spoken()


def test_space_is_a_blank_where_words_are_typed(talker: Talker) -> None:
    window = talker.person.window
    talker.person.type("two words")
    assert talker.composer.field.toPlainText() == "two words"
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
    field = talker.composer.field
    field.setFocus()
    talker.until_spoken()
    # The key still comes again and again: it types nothing, until it is let go.
    for _ in range(3):
        repeat_key(field, Qt.Key.Key_Space)
    QTest.keyRelease(field, Qt.Key.Key_Space)
    assert " " not in field.toPlainText() and not talker.talk.recorder.recording
    talker.person.type("a b")
    assert "a b" in field.toPlainText()


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
    assert "a b" in talker.composer.field.toPlainText()


def test_after_a_click_the_window_may_go_to_the_back(talker: Talker) -> None:
    QTest.mouseClick(talker.button, LEFT)
    talker.speak()
    talker.until_heard()
    QApplication.sendEvent(talker.person.window, QEvent(QEvent.Type.WindowDeactivate))
    assert talker.talk.recorder.recording and talker.clips == []


def test_escape_discards_and_says_so(talker: Talker) -> None:
    field = talker.composer.field
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
