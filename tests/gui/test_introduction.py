"""The first start: three steps that the program does itself, skipped and called again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.introduction import FACE, PICTURE, Introduction
from tests.gui.conftest import WAIT_MS, Person


@pytest.fixture
def introduction(window: Person) -> Introduction:
    window.wait_ready()
    made = Introduction(window.window)
    made.begin()
    return made


def _show_me(introduction: Introduction, qtbot: QtBot) -> None:
    """Press the button, and wait for the next step."""
    before = introduction.card.text
    QTest.mouseClick(introduction.card.show_me, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: introduction.card.text != before, timeout=WAIT_MS)


def test_the_program_itself_does_the_three_steps(
    window: Person, introduction: Introduction, qtbot: QtBot
) -> None:
    assert "1 of 3" in introduction.card.text
    _show_me(introduction, qtbot)
    assert "2 of 3" in introduction.card.text
    assert window.window.stage.path == PICTURE
    _show_me(introduction, qtbot)
    assert "3 of 3" in introduction.card.text
    assert window.window.stage.view.lit == 0
    _show_me(introduction, qtbot)
    asked = window.window.chat.controller.turns
    assert [turn.task for turn in asked] == ["vqa", "refer", "identify"]
    assert asked[-1].region == FACE
    assert introduction.card.show_me.isHidden()
    QTest.mouseClick(introduction.card.leave, Qt.MouseButton.LeftButton)
    assert introduction.card.isHidden()


def test_who_asks_by_hand_comes_further_too(window: Person, introduction: Introduction) -> None:
    window.bring(PICTURE)
    window.read(window.ask("hello"))
    assert "2 of 3" in introduction.card.text
    window.read(window.ask("hello again"))
    assert "2 of 3" in introduction.card.text
    window.read(window.ask("[refer] the woman"))
    assert "3 of 3" in introduction.card.text


def test_it_is_skipped_by_the_keys_and_stands_in_nobodys_way(
    window: Person, introduction: Introduction, qtbot: QtBot
) -> None:
    composer = window.window.chat.composer.field
    assert not introduction.card.show_me.hasFocus()
    window.type("a question")
    assert composer.toPlainText() == "a question"
    QTest.keyClick(introduction.card.leave, Qt.Key.Key_K, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(introduction.card.isHidden, timeout=WAIT_MS)
    window.read(window.ask(""))
    assert introduction.card.isHidden()


def test_called_again_it_begins_a_conversation_of_its_own(
    window: Person, introduction: Introduction, qtbot: QtBot
) -> None:
    window.read(window.ask("hello"))
    introduction.begin(focus=True)
    assert introduction.card.show_me.hasFocus()
    before = introduction.card.text
    QTest.keyClick(introduction.card.show_me, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: introduction.card.text != before, timeout=WAIT_MS)
    assert [turn.task for turn in window.window.chat.controller.turns] == ["vqa"]
