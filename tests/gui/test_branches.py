"""Asking again, as a person does it: copy, another answer, another question, walking branches."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from app.chat.actions import Action
from app.chat.conversation import Turn, TurnState
from tests.gui.conftest import WAIT_MS, Person


def _button(window: Person, turn: Turn, action: Action) -> QToolButton:
    return window.card(turn).actions_row.buttons[action]


def _press(window: Person, turn: Turn, action: Action) -> None:
    QTest.mouseClick(_button(window, turn, action), Qt.MouseButton.LeftButton)


def _words(window: Person) -> list[str]:
    return [turn.words for turn in window.window.chat.controller.turns]


def test_an_answer_is_copied(window: Person) -> None:
    turn = window.ask("hello")
    window.read(turn)
    _press(window, turn, Action.COPY)
    assert QGuiApplication.clipboard().text() == "You said: hello"


def test_another_answer_is_a_branch_that_one_walks(window: Person) -> None:
    window.read(window.ask("before"))
    turn = window.ask("hello")
    window.read(turn)
    _press(window, turn, Action.AGAIN)
    again = window.window.chat.controller.turns[-1]
    assert again is not turn
    assert window.read(again) == "You said: hello"
    assert window.card(again).actions_row.walker.text() == "2/2"
    _press(window, again, Action.BACK)
    assert window.window.chat.controller.turns[-1] is turn
    assert window.card(turn).actions_row.walker.text() == "1/2"
    _press(window, turn, Action.FORTH)
    assert window.window.chat.controller.turns[-1] is again


def test_a_question_is_changed_and_asked_beside_the_first(window: Person, picture: Path) -> None:
    window.bring(picture)
    turn = window.ask("[refer] the red half")
    window.read(turn)
    window.read(window.ask("[caption]"))
    _press(window, turn, Action.EDIT)
    composer = window.window.chat.composer
    assert composer.field.toPlainText() == "[refer] the red half"
    assert "changed question" in composer.hint.text()
    composer.field.selectAll()
    window.type("[refer] the blue half")
    QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert _words(window) == ["the blue half"]
    window.read(window.window.chat.controller.turns[-1])
    assert [box.label for box in window.window.stage.view.boxes] == ["the blue half"]
    _press(window, window.window.chat.controller.turns[-1], Action.BACK)
    assert _words(window) == ["the red half", ""]
    window.qtbot.waitUntil(
        lambda: [b.label for b in window.window.stage.view.boxes] == ["the red half"],
        timeout=WAIT_MS,
    )


def test_an_emptied_field_leaves_the_question_as_it_was(window: Person) -> None:
    turn = window.ask("hello")
    window.read(turn)
    _press(window, turn, Action.EDIT)
    field = window.window.chat.composer.field
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    window.read(window.ask("next"))
    assert _words(window) == ["hello", "next"]


def test_one_goes_on_from_an_earlier_answer(window: Person) -> None:
    first = window.ask("one")
    window.read(first)
    second = window.ask("two")
    window.read(second)
    assert _button(window, second, Action.BRANCH).isHidden()
    _press(window, first, Action.BRANCH)
    assert _words(window) == ["one"]
    window.read(window.ask("deux"))
    assert _words(window) == ["one", "deux"]
    _press(window, window.window.chat.controller.turns[-1], Action.BACK)
    assert _words(window) == ["one", "two"]


def test_a_branch_is_kept_and_so_is_which_one_was_shown(window: Person) -> None:
    turn = window.ask("hello")
    window.read(turn)
    _press(window, turn, Action.AGAIN)
    window.read(window.window.chat.controller.turns[-1])
    _press(window, window.window.chat.controller.turns[-1], Action.BACK)
    window.begin_anew()
    window.window.history.resume()
    (kept,) = window.window.chat.controller.turns
    assert kept.id == turn.id
    assert window.card(kept).actions_row.walker.text() == "1/2"


def test_the_buttons_wait_for_the_end_of_the_answer(window: Person) -> None:
    turn = window.ask("slowly")
    window.qtbot.waitUntil(lambda: bool(turn.answer.text), timeout=WAIT_MS)
    assert window.card(turn).actions_row.isHidden()
    QTest.keyClick(window.window, Qt.Key.Key_Escape)
    assert turn.state is TurnState.STOPPED
    assert window.card(turn).actions_row.isVisible()


def test_the_context_that_is_used_is_shown(window: Person) -> None:
    context = window.window.chat.composer.context
    assert context.text() == ""
    turn = window.ask("hello")
    window.read(turn)
    assert context.text() == f"{turn.tokens} of 100,000,000 tokens"
    window.begin_anew()
    assert context.text() == ""


def test_an_answer_that_broke_off_offers_in_words_to_be_asked_again(window: Person) -> None:
    turn = window.ask("killed")
    window.read(turn)
    assert turn.state is TurnState.CUT_OFF
    button = _button(window, turn, Action.AGAIN)
    assert button.text() == "Answer again"
    assert button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    assert "differently" not in button.toolTip()
    whole = window.ask("hello")
    window.read(whole)
    assert _button(window, whole, Action.AGAIN).text() == ""
    _press(window, turn, Action.AGAIN)
    assert window.window.chat.controller.turns[-1].tries == 0
