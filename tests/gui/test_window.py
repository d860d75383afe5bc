"""The window as a person drives it, with a scripted engine in a real process."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QPushButton,
    QWidget,
)

from app.chat.conversation import TurnState
from app.shown import ShownBox
from engine.grounding.geometry import Box
from tests.gui.conftest import WAIT_MS, Person, in_the_dialog_that_comes, make_picture
from tests.support.pointer import hover

REFERRED = Box(0.1, 0.2, 0.3, 0.4)


def _button(window: QWidget, text: str) -> QAbstractButton:
    return next(b for b in window.findChildren(QAbstractButton) if b.text() == text)


def test_a_dropped_picture_a_typed_question_and_the_box_appears(
    window: Person, picture: Path
) -> None:
    window.bring(picture)
    turn = window.ask("[refer] the red half")
    assert window.read(turn) == "the red half"
    view = window.window.stage.view
    assert view.boxes == (ShownBox(REFERRED, "the red half", 0, 0),)
    assert window.window.chat.status.text == "scripted · ready"


def test_a_question_sent_while_the_engine_loads_waits_for_it(window: Person) -> None:
    turn = window.ask("hello")
    assert turn.state is TurnState.WAITING
    assert window.read(turn) == "You said: hello"


def test_boxes_appear_while_the_text_still_streams(window: Person, picture: Path) -> None:
    window.bring(picture)
    seen: list[tuple[TurnState, int]] = []
    view = window.window.stage.view
    window.window.chat.box_found.connect(lambda turn: seen.append((turn.state, len(view.boxes))))
    window.read(window.ask("[grounding]"))
    assert seen == [(TurnState.RUNNING, 1), (TurnState.RUNNING, 2)]


def test_a_phrase_lights_its_box_and_a_box_its_phrase(window: Person, picture: Path) -> None:
    window.bring(picture)
    turn = window.ask("[grounding]")
    assert window.read(turn) == "a cat on a mat."
    view, answer = window.window.stage.view, window.card(turn).answer
    window.point_at(turn, 1)
    assert view.lit == 1
    hover(answer.viewport(), answer.viewport().rect().topRight())
    assert view.lit is None
    window.point_at_picture(0.2, 0.3)
    assert (view.lit, answer.lit) == (0, 0)
    window.point_at_picture(0.5, 0.7)
    assert (view.lit, answer.lit) == (1, 1)
    window.point_at_picture(0.99, 0.01)
    assert (view.lit, answer.lit) == (None, None)


def test_older_answers_light_their_boxes_too(window: Person, picture: Path) -> None:
    window.bring(picture)
    first = window.ask("[grounding]")
    window.read(first)
    second = window.ask("[refer] the red half")
    window.read(second)
    view = window.window.stage.view
    assert [box.label for box in view.boxes] == ["the red half"]
    window.point_at(first, 0)
    assert [box.label for box in view.boxes] == ["a cat", "a mat"]
    assert view.lit == 0
    window.point_at_picture(0.5, 0.7)
    assert window.card(first).answer.lit == 1
    assert window.card(second).answer.lit is None


def test_an_answer_brings_its_own_picture_back(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.bring(picture)
    first = window.ask("[grounding]")
    window.read(first)
    other = make_picture(tmp_path / "other.png")
    window.bring(other)
    assert window.window.stage.view.boxes == ()
    second = window.ask("[refer] the red half")
    window.read(second)
    assert window.window.stage.path == other
    window.point_at(first, 0)
    assert window.window.stage.path == picture
    assert window.window.stage.view.lit == 0


def test_phrases_are_reached_by_keys(window: Person, picture: Path) -> None:
    window.bring(picture)
    turn = window.ask("[grounding]")
    window.read(turn)
    answer = window.card(turn).answer
    answer.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    assert window.window.stage.view.lit == 0


def test_escape_stops_the_answer_and_the_next_one_is_whole(window: Person) -> None:
    turn = window.ask("slowly")
    window.qtbot.waitUntil(lambda: "2" in turn.answer.text, timeout=WAIT_MS)
    QTest.keyClick(window.window, Qt.Key.Key_Escape)
    assert turn.state is TurnState.STOPPED
    assert window.read(window.ask("go on")) == "You said: go on"


def test_the_stop_button_stops(window: Person) -> None:
    turn = window.ask("slowly")
    window.qtbot.waitUntil(lambda: "2" in turn.answer.text, timeout=WAIT_MS)
    QTest.mouseClick(window.window.chat.composer.send, Qt.MouseButton.LeftButton)
    assert turn.state is TurnState.STOPPED


def test_an_engine_that_does_not_stop_is_replaced(window: Person) -> None:
    turn = window.ask("hang")
    window.qtbot.waitUntil(lambda: bool(turn.answer.text), timeout=WAIT_MS)
    QTest.keyClick(window.window, Qt.Key.Key_Escape)
    assert turn.state is TurnState.STOPPED
    assert window.read(window.ask("still there?")) == "You said: still there?"


@pytest.mark.parametrize("end", ["killed", "crash"])
def test_an_engine_lost_in_mid_answer_is_replaced_and_the_talk_goes_on(
    window: Person, end: str
) -> None:
    window.read(window.ask("before"))
    turn = window.ask(end)
    assert window.read(turn) == "Well, "
    assert turn.state is TurnState.CUT_OFF
    assert turn.notes
    assert window.read(window.ask("after")) == "You said: after"
    assert [t.state for t in window.window.chat.controller.turns] == [
        TurnState.DONE,
        TurnState.CUT_OFF,
        TurnState.DONE,
    ]


def test_after_repeated_crashes_a_button_starts_the_engine(window: Person) -> None:
    window.wait_ready()
    bar = window.window.chat.failure
    for _ in range(3):
        window.read(window.ask("killed"))
    window.qtbot.waitUntil(bar.isVisible, timeout=WAIT_MS)
    QTest.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    window.wait_ready()
    assert bar.isHidden()
    assert window.read(window.ask("hello")) == "You said: hello"


def test_a_model_that_cannot_be_loaded_is_said_with_a_way_out(broken_window: Person) -> None:
    turn = broken_window.ask("hello")
    bar = broken_window.window.chat.failure
    broken_window.qtbot.waitUntil(bar.isVisible, timeout=WAIT_MS)
    assert bar.text == "The model is truncated."
    assert turn.state is TurnState.FAILED
    QTest.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    assert bar.isHidden()
    broken_window.qtbot.waitUntil(bar.isVisible, timeout=WAIT_MS)


def test_a_mistake_of_the_engine_is_one_sentence_in_the_answer(window: Person) -> None:
    turn = window.ask("mistake")
    assert window.read(turn) == "Well, "
    assert len(turn.notes) == 1
    assert window.read(window.ask("hello")) == "You said: hello"


def test_what_the_model_writes_is_never_markup(window: Person) -> None:
    written = '<img src="http://a.invalid/x.png"><a href="file:///etc">x</a>'
    assert window.read(window.ask(written)) == f"You said: {written}"


def test_a_picture_is_pasted_into_the_window(window: Person) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    QGuiApplication.clipboard().setImage(image)
    stage = window.window.stage
    with window.qtbot.waitSignal(stage.picture_shown, timeout=WAIT_MS):
        QTest.keyClick(stage.view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert stage.path is not None
    assert stage.path.suffix == ".png"


def test_dropped_pixels_are_kept_as_a_file(window: Person) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    mime = QMimeData()
    mime.setImageData(image)
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        window.drop(mime)
    assert window.window.stage.path is not None
    assert window.window.stage.path.is_file()


def test_the_open_dialog_brings_a_picture(window: Person, picture: Path) -> None:
    in_the_dialog_that_comes(picture)
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        QTest.keyClick(window.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert window.window.stage.path == picture


def test_an_example_opens_and_asks(window: Person) -> None:
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        QTest.mouseClick(_button(window.window, "Point to the cat"), Qt.MouseButton.LeftButton)
    turn = window.window.chat.controller.turns[-1]
    assert window.read(turn) == "the cat"


def test_suggestions_ask_or_wait_for_the_rest(window: Person, picture: Path) -> None:
    window.bring(picture)
    chat = window.window.chat
    QTest.mouseClick(_button(chat, "Point to something…"), Qt.MouseButton.LeftButton)
    assert chat.composer.field.toPlainText() == "[refer] "
    assert chat.controller.turns == []
    window.type("the red half")
    QTest.keyClick(chat.composer.field, Qt.Key.Key_Return)
    assert window.read(chat.controller.turns[-1]) == "the red half"


@pytest.mark.parametrize("content", [b"", b"no picture at all"])
def test_a_bad_file_is_one_sentence_and_nothing_is_lost(
    window: Person, picture: Path, tmp_path: Path, content: bytes
) -> None:
    window.bring(picture)
    turn = window.ask("[caption]")
    window.read(turn)
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(content)
    with window.qtbot.waitSignal(window.window.stage.failed, timeout=WAIT_MS) as failed:
        window.drop_file(bad)
    assert failed.args[0].startswith("bad.jpg is")
    assert window.window.chat.composer.hint.text() == failed.args[0]
    assert window.window.stage.path == picture
    assert window.window.chat.controller.turns == [turn]


def test_an_address_is_not_fetched_and_that_is_said(window: Person) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.invalid/cat.jpg")])
    window.drop(mime)
    assert "nothing is fetched" in window.window.chat.composer.hint.text()


def test_what_cannot_be_sent_stays_in_the_field(window: Person) -> None:
    window.wait_ready()
    window.type("[refer] a dog")
    QTest.keyClick(window.window.chat.composer.field, Qt.Key.Key_Return)
    assert "needs a picture" in window.window.chat.composer.hint.text()
    assert window.window.chat.composer.field.toPlainText() == "[refer] a dog"


def test_a_new_conversation_keeps_the_picture(window: Person, picture: Path) -> None:
    window.bring(picture)
    window.read(window.ask("[refer] the red half"))
    window.begin_anew()
    assert window.window.stage.view.boxes == ()
    turn = window.ask("[refer] the blue half")
    assert turn.attached
    assert window.read(turn) == "the blue half"


def test_a_long_conversation_follows_the_newest_unless_one_reads_above(window: Person) -> None:
    for number in range(12):
        window.read(window.ask(f"question {number}"))
    transcript = window.window.chat.transcript
    bar = transcript.verticalScrollBar()
    window.qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(0)
    assert transcript.latest.isVisible()
    QTest.mouseClick(transcript.latest, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()


def test_everything_that_takes_focus_has_a_name(window: Person, picture: Path) -> None:
    window.bring(picture)
    window.read(window.ask("[grounding]"))
    for widget in window.window.findChildren(QWidget):
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.focusProxy()
        if takes_focus and widget.isVisible():
            text = widget.text() if isinstance(widget, QPushButton) else ""
            assert widget.accessibleName() or text, (widget, widget.parentWidget())


def test_the_field_has_the_focus_first(window: Person) -> None:
    window.qtbot.waitUntil(window.window.chat.composer.field.hasFocus)
