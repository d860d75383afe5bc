"""Help while one types: tags after a slash, earlier questions by the arrow keys."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListView

from tests.gui.conftest import Person


def _text(window: Person) -> str:
    return window.window.chat.composer.field.toPlainText()


def _press(window: Person, key: Qt.Key) -> str:
    QTest.keyClick(window.window.chat.composer.field, key)
    return _text(window)


def _popup(window: Person) -> QListView:
    return window.window.chat.composer.completion.popup


def test_a_tag_is_completed_after_a_slash(window: Person) -> None:
    window.type("/ref")
    popup = _popup(window)
    assert popup.isVisible()
    assert popup.currentIndex().data() == "/refer"
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert _text(window) == "[refer] "
    assert popup.isHidden()
    assert window.window.chat.controller.turns == []


def test_the_arrow_keys_choose_among_the_tags(window: Person) -> None:
    window.type("/")
    popup = _popup(window)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    chosen = popup.currentIndex().data()
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert _text(window) == f"[{chosen.removeprefix('/')}] "


def test_escape_and_other_words_leave_the_slash_alone(window: Person) -> None:
    window.type("/c")
    QTest.keyClick(_popup(window), Qt.Key.Key_Escape)
    assert _popup(window).isHidden()
    assert _text(window) == "/c"
    window.type("ups on a table")
    assert _popup(window).isHidden()
    assert _press(window, Qt.Key.Key_Return) == ""
    assert window.window.chat.controller.turns[0].words == "/cups on a table"


def test_earlier_questions_come_back_by_the_arrow_keys(window: Person) -> None:
    for words in ("one", "two"):
        window.read(window.ask(words))
    assert _press(window, Qt.Key.Key_Up) == "two"
    assert _press(window, Qt.Key.Key_Up) == "one"
    assert _press(window, Qt.Key.Key_Up) == "one"
    assert _press(window, Qt.Key.Key_Down) == "two"
    assert _press(window, Qt.Key.Key_Down) == ""
    assert _press(window, Qt.Key.Key_Down) == ""


def test_what_one_writes_is_not_replaced_by_the_arrow_keys(window: Person) -> None:
    window.read(window.ask("one"))
    window.type("mine")
    assert _press(window, Qt.Key.Key_Up) == "mine"


def test_a_question_comes_back_with_its_tag(window: Person, picture: Path) -> None:
    window.bring(picture)
    window.read(window.ask("[refer] the red half"))
    assert _press(window, Qt.Key.Key_Up) == "[refer] the red half"
