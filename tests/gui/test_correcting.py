"""An answer is corrected as a person does it: boxes on the picture, words in the transcript."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget

from app.chat.actions import Action
from app.chat.answer_editor import AnswerEditor
from app.chat.conversation import Turn
from app.correcting import EMPTY, GONE
from app.store.archive import Archive
from engine.grounding.geometry import Box
from tests.gui.conftest import WAIT_MS, Person, Start

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def _asked(person: Person, picture: Path, words: str) -> Turn:
    person.bring(picture)
    turn = person.ask(words)
    person.read(turn)
    return turn


def _press(person: Person, turn: Turn, action: Action) -> None:
    QTest.mouseClick(person.card(turn).actions_row.buttons[action], LEFT)


def _editor(person: Person, turn: Turn) -> AnswerEditor:
    (editor,) = person.card(turn).findChildren(AnswerEditor)
    return editor


def _drag(
    person: Person,
    start: tuple[float, float],
    end: tuple[float, float],
    keys: Qt.KeyboardModifier = NONE,
) -> None:
    view = person.window.stage.view
    size = view.picture_size
    here, there = (
        view.mapFromScene(QPointF(size.width() * x, size.height() * y)) for x, y in (start, end)
    )
    QTest.mousePress(view.viewport(), LEFT, keys, here)
    QTest.mouseMove(view.viewport(), there)
    QTest.mouseRelease(view.viewport(), LEFT, keys, there)


def _key(person: Person, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(person.window.stage.view, key, keys)


def _seen(person: Person) -> list[tuple[str, list[float]]]:
    """Labels and corners of the boxes on the picture."""
    shown = person.window.stage.view.boxes
    return [(box.label, [round(edge, 1) for edge in box.box.as_list()]) for box in shown]


def _notes(person: Person, turn: Turn) -> str:
    labels = person.card(turn).findChildren(QLabel)
    return " ".join(label.text() for label in labels if not label.isHidden())


def test_a_box_is_dragged_to_where_it_belongs_and_set_back(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[refer] the red half")
    assert not window.card(turn).actions_row.buttons[Action.RESTORE].isVisible()
    _press(window, turn, Action.CORRECT)
    _drag(window, (0.2, 0.3), (0.6, 0.6))
    assert _seen(window) == [("the red half", [0.5, 0.5, 0.7, 0.7])]
    _drag(window, (0.7, 0.7), (0.9, 0.8))  # by its handle
    _key(window, Qt.Key.Key_Return)
    assert _seen(window) == [("the red half", [0.5, 0.5, 0.9, 0.8])]
    assert window.card(turn).answer.toPlainText() == "the red half"
    assert "Corrected by you." in _notes(window, turn)
    assert window.window.stage.view.region.box is None
    _press(window, turn, Action.RESTORE)
    assert _seen(window) == [("the red half", [0.1, 0.2, 0.3, 0.4])]
    assert "Corrected" not in _notes(window, turn)


def test_boxes_are_moved_sized_and_removed_by_keys_alone(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[detection] cats")
    QTest.keySequence(window.window, QKeySequence("Ctrl+Shift+C"))
    view = window.window.stage.view
    assert view.hasFocus()
    _key(window, Qt.Key.Key_PageDown)
    _key(window, Qt.Key.Key_Delete)
    assert _seen(window) == [("cat", [0.5, 0.2, 0.8, 0.4])]
    _key(window, Qt.Key.Key_PageDown)
    assert view.accessibleDescription().startswith("cat, box 1 of 1")
    before = view.boxes[0].box
    _key(window, Qt.Key.Key_Right)
    _key(window, Qt.Key.Key_Down, SHIFT)
    after = view.boxes[0].box
    assert (after.x1 > before.x1, after.y1 == before.y1, after.y2 > before.y2) == (True,) * 3
    QTest.keyClick(view, Qt.Key.Key_Return, CTRL)
    assert turn.correction is not None
    assert [box.box for box in turn.correction.boxes] == [after]
    assert window.card(turn).actions_row.buttons[Action.CORRECT].hasFocus()


def test_escape_leaves_the_answer_as_it_was(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[refer] the red half")
    for where in ("picture", "button"):
        _press(window, turn, Action.CORRECT)
        _drag(window, (0.2, 0.3), (0.6, 0.6))
        editor = _editor(window, turn)
        target: QWidget = window.window.stage.view if where == "picture" else editor.leave
        target.setFocus()
        QTest.keyClick(target, Qt.Key.Key_Escape)
        assert turn.correction is None
        assert _seen(window) == [("the red half", [0.1, 0.2, 0.3, 0.4])]
        assert window.card(turn).answer.isVisible()
        QApplication.processEvents()


def test_escape_in_the_words_leaves_them_as_they_were(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[grounding]")
    _press(window, turn, Action.CORRECT)
    words = _editor(window, turn).words
    words.setFocus()
    words.insertPlainText("🐈🐈 ")  # as one pastes it: two units of the document each
    QTest.keyClicks(words, "So: ")
    assert [label for label, _ in _seen(window)] == ["a cat", "a mat"]
    QTest.keyClick(words, Qt.Key.Key_Escape)
    assert turn.correction is None
    assert window.card(turn).answer.toPlainText() == "a cat on a mat."
    assert [label for label, _ in _seen(window)] == ["a cat", "a mat"]


def test_what_was_not_changed_is_no_correction(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[grounding]")
    _press(window, turn, Action.CORRECT)
    QTest.mouseClick(_editor(window, turn).save, LEFT)
    assert turn.correction is None


def test_words_are_changed_and_their_boxes_stay_with_them(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[grounding]")
    assert turn.answer.text == "a cat on a mat."
    _press(window, turn, Action.CORRECT)
    words = _editor(window, turn).words
    assert words.toPlainText() == "a cat on a mat."
    cursor = words.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(5, cursor.MoveMode.KeepAnchor)
    words.setTextCursor(cursor)
    QTest.keyClicks(words, "two big dogs")
    assert [label for label, _ in _seen(window)] == ["two big dogs", "a mat"]
    QTest.keyClick(words, Qt.Key.Key_Return, CTRL)
    assert window.card(turn).answer.toPlainText() == "two big dogs on a mat."
    assert [label for label, _ in _seen(window)] == ["two big dogs", "a mat"]
    QTest.keySequence(window.window, QKeySequence("Ctrl+L"))
    assert window.read(window.ask("and now?")) == "You said: and now?"


def test_a_missing_box_is_drawn_for_the_words_that_are_selected(
    window: Person, picture: Path
) -> None:
    turn = _asked(window, picture, "[caption]")
    _press(window, turn, Action.CORRECT)
    words = _editor(window, turn).words
    assert words.hasFocus()
    cursor = words.textCursor()
    cursor.setPosition(2)
    cursor.setPosition(5, cursor.MoveMode.KeepAnchor)
    words.setTextCursor(cursor)
    _drag(window, (0.5, 0.5), (0.9, 0.9), SHIFT)
    assert _seen(window) == [("cat", [0.5, 0.5, 0.9, 0.9])]
    assert window.window.stage.view.editing.number == 0
    _key(window, Qt.Key.Key_Return)
    assert [(mark.start, mark.end) for mark in turn.answer.marks] == [(2, 5)]


def test_an_answer_of_one_box_gets_another_or_becomes_none(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[refer] the red half")
    _press(window, turn, Action.CORRECT)
    assert _editor(window, turn).words.isHidden()
    QTest.keyClick(window.window.stage.view, Qt.Key.Key_R, CTRL)
    _drag(window, (0.5, 0.5), (0.9, 0.9))
    assert _seen(window) == [("the red half", [0.5, 0.5, 0.9, 0.9])]
    _key(window, Qt.Key.Key_Delete)
    assert _seen(window) == []
    _key(window, Qt.Key.Key_Return)
    assert turn.correction is not None and turn.correction.text == "none"
    assert "nothing in the picture fits" in _notes(window, turn)
    _press(window, turn, Action.CORRECT)
    _drag(window, (0.2, 0.2), (0.4, 0.4), SHIFT)
    _key(window, Qt.Key.Key_Return)
    assert _seen(window) == [("the red half", [0.2, 0.2, 0.4, 0.4])]


def test_a_click_takes_the_next_box_under_the_pointer(window: Person, picture: Path) -> None:
    _asked(window, picture, "[refer] the red half")
    view = window.window.stage.view
    QTest.keySequence(window.window, QKeySequence("Ctrl+Shift+C"))
    _key(window, Qt.Key.Key_Escape)
    turn = window.ask("[grounding]")
    window.read(turn)
    _press(window, turn, Action.CORRECT)
    _drag(window, (0.5, 0.7), (0.5, 0.3))  # the mat goes over the cat
    at = view.mapFromScene(QPointF(0.2 * 320, 0.3 * 200))
    for expected in (0, 1, 0):
        QTest.mouseClick(view.viewport(), LEFT, NONE, at)
        assert view.editing.number == expected
    QTest.mouseClick(view.viewport(), LEFT, NONE, view.mapFromScene(QPointF(0.95 * 320, 190)))
    assert view.editing.number is None


def test_the_menu_of_a_box_removes_it_and_draws_another(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[refer] the red half")
    _press(window, turn, Action.CORRECT)
    view = window.window.stage.view
    at = view.mapFromScene(QPointF(0.2 * 320, 0.3 * 200))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    menu = view.findChildren(QMenu)[-1]
    take, remove, draw = menu.actions()
    take.trigger()
    assert view.editing.number == 0
    remove.trigger()
    assert _seen(window) == []
    draw.trigger()
    menu.close()
    assert view.tool.drawing
    _key(window, Qt.Key.Key_Escape)
    assert not view.tool.drawing
    assert _editor(window, turn).isVisible()


def test_other_answers_do_not_take_the_boxes_away_meanwhile(window: Person, picture: Path) -> None:
    first = _asked(window, picture, "[refer] the red half")
    second = window.ask("[grounding]")
    window.read(second)
    _press(window, first, Action.CORRECT)
    window.point_at(second, 0)
    assert [label for label, _ in _seen(window)] == ["the red half"]
    window.read(window.ask("[detection] cats"))
    assert [label for label, _ in _seen(window)] == ["the red half"]
    _drag(window, (0.2, 0.3), (0.6, 0.6))
    _key(window, Qt.Key.Key_Return)
    assert first.correction is not None


def test_another_picture_may_be_looked_at_meanwhile(window: Person, picture: Path) -> None:
    turn = _asked(window, picture, "[refer] the red half")
    _press(window, turn, Action.CORRECT)
    _drag(window, (0.2, 0.3), (0.6, 0.6))
    other = picture.with_name("other.png")
    other.write_bytes(picture.read_bytes())
    window.bring(other)
    assert _seen(window) == []
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        QTest.keyClick(window.window, Qt.Key.Key_PageUp, CTRL)
    assert _seen(window) == [("the red half", [0.5, 0.5, 0.7, 0.7])]
    window.window.stage.view.setFocus()
    _key(window, Qt.Key.Key_Return)
    assert turn.correction is not None


@pytest.mark.parametrize("changed", [True, False])
def test_a_new_conversation_leaves_a_correction_and_says_so(
    window: Person, picture: Path, changed: bool
) -> None:
    turn = _asked(window, picture, "[refer] the red half")
    _press(window, turn, Action.CORRECT)
    if changed:
        _drag(window, (0.2, 0.3), (0.6, 0.6))
    window.begin_anew()
    assert (window.window.chat.composer.hint.text() == GONE) == changed
    assert not window.window.stage.view.editing.active


def test_correcting_another_answer_leaves_the_first_and_says_so(
    window: Person, picture: Path
) -> None:
    first = _asked(window, picture, "[refer] the red half")
    second = window.ask("[grounding]")
    window.read(second)
    _press(window, first, Action.CORRECT)
    _drag(window, (0.2, 0.3), (0.6, 0.6))
    _press(window, second, Action.CORRECT)
    assert window.window.chat.composer.hint.text() == GONE
    assert first.correction is None
    assert window.card(first).answer.isVisible()
    assert [label for label, _ in _seen(window)] == ["a cat", "a mat"]


def test_an_answer_of_nothing_is_not_saved(window: Person) -> None:
    turn = window.ask("hello")
    window.read(turn)
    _press(window, turn, Action.CORRECT)
    words = _editor(window, turn).words
    words.selectAll()
    QTest.keyClick(words, Qt.Key.Key_Delete)
    QTest.keyClick(words, Qt.Key.Key_Return, CTRL)
    assert window.window.chat.composer.hint.text() == EMPTY
    assert turn.correction is None
    assert _editor(window, turn).isVisible()


def test_an_answer_out_of_sight_comes_into_sight(window: Person, picture: Path) -> None:
    window.bring(picture)
    for _ in range(6):
        turn = window.ask("[grounding]")
        window.read(turn)
    transcript = window.window.chat.transcript
    window.qtbot.waitUntil(lambda: transcript.verticalScrollBar().maximum() > 0, timeout=WAIT_MS)
    transcript.verticalScrollBar().setValue(0)
    QTest.keySequence(window.window, QKeySequence("Ctrl+Shift+C"))
    save = _editor(window, turn).save
    window.qtbot.waitUntil(
        lambda: save.visibleRegion().boundingRect() == save.rect(), timeout=WAIT_MS
    )


def test_a_correction_is_there_after_a_restart_and_can_be_set_back(
    start: Start, picture: Path, tmp_path: Path
) -> None:
    first = start()
    turn = _asked(first, picture, "[refer] the red half")
    _press(first, turn, Action.CORRECT)
    _drag(first, (0.2, 0.3), (0.6, 0.6))
    _key(first, Qt.Key.Key_Return)
    first.window.close()
    again = start()
    (kept,) = again.window.chat.controller.turns
    again.qtbot.waitUntil(lambda: len(_seen(again)) == 1, timeout=WAIT_MS)
    assert _seen(again) == [("the red half", [0.5, 0.5, 0.7, 0.7])]
    assert "Corrected by you." in _notes(again, kept)
    _press(again, kept, Action.RESTORE)
    assert _seen(again) == [("the red half", [0.1, 0.2, 0.3, 0.4])]
    with closing(Archive(tmp_path / "data")) as archive:
        assert archive.conversations.corrected() == []
        (box,) = [piece.box for piece in archive.conversations.load(1).turns[0].shown if piece.box]
        assert box.box == Box(0.1, 0.2, 0.3, 0.4)


def test_a_correction_that_was_begun_is_kept_when_the_window_closes(
    start: Start, picture: Path
) -> None:
    first = start()
    turn = _asked(first, picture, "[refer] the red half")
    _press(first, turn, Action.CORRECT)
    _drag(first, (0.2, 0.3), (0.6, 0.6))
    first.window.close()
    again = start()
    again.qtbot.waitUntil(lambda: len(_seen(again)) == 1, timeout=WAIT_MS)
    assert _seen(again) == [("the red half", [0.5, 0.5, 0.7, 0.7])]


def test_the_words_of_an_answer_without_a_picture_are_corrected(window: Person) -> None:
    turn = window.ask("hello")
    window.read(turn)
    _press(window, turn, Action.CORRECT)
    words = _editor(window, turn).words
    words.selectAll()
    QTest.keyClicks(words, "Hi.")
    QTest.mouseClick(_editor(window, turn).save, LEFT)
    assert window.card(turn).answer.toPlainText() == "Hi."
    _press(window, turn, Action.COPY)
    assert QApplication.clipboard().text() == "Hi."
