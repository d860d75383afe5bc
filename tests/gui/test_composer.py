"""The composer: tags and chips are one, Enter sends, a picture can be pasted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.chat.composer import Composer
from app.theme import Theme
from app.voice.clips import Clips
from engine.prompt.tasks import TASKS, Task

OWN = Task(
    id="colour",
    tag="[colour]",
    takes="words",
    default_instruction="which colour is it",
    hint="Say whose colour.",
)


@pytest.fixture
def composer(qtbot: QtBot, theme: Theme) -> Composer:
    composer = Composer(theme, TASKS | {OWN.id: OWN}, Clips())
    qtbot.addWidget(composer)
    composer.resize(464, 160)
    composer.show()
    qtbot.waitExposed(composer)
    composer.field.setFocus()
    return composer


def _chip(composer: Composer, text: str) -> QPushButton:
    return next(
        chip
        for chip in composer.findChildren(QPushButton)
        if chip.text() == text and not chip.isHidden()
    )


def _labels(composer: Composer) -> list[str]:
    return [chip.text() for chip in composer.findChildren(QPushButton) if not chip.isHidden()]


def test_a_typed_tag_selects_its_chip(composer: Composer) -> None:
    assert _chip(composer, "Chat").isChecked()
    QTest.keyClicks(composer.field, "[refer] the brown dog")
    assert _chip(composer, "Point to").isChecked()
    assert not _chip(composer, "Chat").isChecked()


def test_a_chip_writes_its_tag_and_takes_another_away(composer: Composer) -> None:
    QTest.keyClicks(composer.field, "the brown dog")
    QTest.mouseClick(_chip(composer, "Point to"), Qt.MouseButton.LeftButton)
    assert composer.field.toPlainText() == "[refer] the brown dog"
    QTest.mouseClick(_chip(composer, "Find all"), Qt.MouseButton.LeftButton)
    assert composer.field.toPlainText() == "[detection] the brown dog"
    QTest.mouseClick(_chip(composer, "Chat"), Qt.MouseButton.LeftButton)
    assert composer.field.toPlainText() == "the brown dog"
    assert composer.field.hasFocus()


def test_a_persons_own_task_has_its_chip(composer: Composer, qtbot: QtBot) -> None:
    QTest.mouseClick(_chip(composer, "Colour"), Qt.MouseButton.LeftButton)
    QTest.keyClicks(composer.field, "the mug")
    with qtbot.waitSignal(composer.asked) as asked:
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert asked.args == ["colour", "the mug"]


def test_clicking_the_chosen_chip_keeps_it(composer: Composer) -> None:
    for _ in range(2):
        QTest.mouseClick(_chip(composer, "Caption"), Qt.MouseButton.LeftButton)
    assert composer.field.toPlainText() == "[caption] "
    assert _chip(composer, "Caption").isChecked()


def test_enter_sends_the_task_and_the_words(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.field, "[refer] the brown dog")
    with qtbot.waitSignal(composer.asked) as asked:
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert asked.args == ["refer", "the brown dog"]


def test_shift_enter_begins_a_new_line(composer: Composer) -> None:
    QTest.keyClicks(composer.field, "one")
    QTest.keyClick(composer.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.field, "two")
    assert composer.field.toPlainText() == "one\ntwo"


def test_the_field_grows_with_its_lines_and_stops_growing(composer: Composer) -> None:
    heights = []
    for _ in range(12):
        heights.append(composer.field.height())
        QTest.keyClick(composer.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert heights[0] < heights[1] < heights[5]
    assert heights[8] == heights[11]


def test_the_button_stops_while_an_answer_is_written(composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    assert composer.send.accessibleName() == "Stop"
    with qtbot.waitSignal(composer.stopped):
        QTest.mouseClick(composer.send, Qt.MouseButton.LeftButton)
    composer.set_busy(False)
    with qtbot.waitSignal(composer.asked):
        QTest.mouseClick(composer.send, Qt.MouseButton.LeftButton)


def test_a_picture_is_pasted_and_words_are_too(composer: Composer, qtbot: QtBot) -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(composer.pasted):
        QTest.keyClick(composer.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    mime = QMimeData()
    mime.setText("two words")
    QGuiApplication.clipboard().setMimeData(mime)
    QTest.keyClick(composer.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert composer.field.toPlainText() == "two words"


def test_only_the_bundles_tasks_are_offered(composer: Composer, qtbot: QtBot) -> None:
    composer.set_tasks([TASKS["chat"], TASKS["caption"]])
    qtbot.waitUntil(lambda: _labels(composer) == ["Chat", "Caption"])
    QTest.keyClicks(composer.field, "[refer] a dog")
    assert composer.task == "refer"
    assert not any(c.isChecked() for c in composer.findChildren(QPushButton) if not c.isHidden())
