"""The text of an answer: streamed, marked, hovered, never read as markup."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QPoint, Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.chat.answer_view import AnswerView
from app.chat.spans import Mark
from tests.support.pointer import hover


def test_text_appears_soon_and_the_view_grows(answer: AnswerView, qtbot: QtBot) -> None:
    before = answer.height()
    for _ in range(60):
        answer.add_text("many words ")
    qtbot.waitUntil(lambda: answer.toPlainText().count("many") == 60)
    assert answer.height() > before
    assert answer.height() >= answer.document().size().height()


def test_markup_stays_text_and_nothing_is_loaded(answer: AnswerView) -> None:
    written = '<img src="file:///etc/passwd"> ![x](http://a.invalid/b.png) <a href="x">y</a>'
    answer.add_text(written)
    answer.finish()
    assert answer.toPlainText() == written
    image = QTextDocument.ResourceType.ImageResource.value
    passwords = QUrl("file:///etc/passwd")
    assert answer.document().resource(image, passwords) == QByteArray()
    anchors = {answer.anchorAt(QPoint(x, y)) for x in range(0, 420, 5) for y in (10, 30, 50)}
    assert anchors == {"", "address:0"}  # the picture's, to be asked about


def test_a_hovered_phrase_is_told_and_left(answer: AnswerView, qtbot: QtBot) -> None:
    answer.add_text("A cup on a table.")
    answer.set_marks([Mark(0, 5, "A cup", 0), Mark(9, 16, "a table", 1)])
    marks: list[int] = []
    answer.mark_hovered.connect(marks.append)
    for mark in (0, 1):
        hover(answer.viewport(), answer.mark_rect(mark).center().toPoint())
    hover(answer.viewport(), QPoint(400, 10))
    assert marks == [0, 1, -1]


def test_phrases_take_the_keyboards_focus(answer: AnswerView) -> None:
    answer.add_text("A cup on a table.")
    answer.set_marks([Mark(0, 5, "A cup", 0), Mark(9, 16, "a table", 1)])
    answer.flush()
    answer.setFocus(Qt.FocusReason.TabFocusReason)
    marks: list[int] = []
    answer.mark_hovered.connect(marks.append)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    assert marks[-1] == 1
    assert 0 in marks


def test_marks_hold_behind_characters_of_two_units(answer: AnswerView) -> None:
    answer.add_text("🐈🐈 a cat 🐈\r\n a dog")
    answer.set_marks([Mark(3, 8, "a cat", 0), Mark(13, 18, "a dog", 1)])
    answer.flush()
    for mark, words in ((0, "a cat"), (1, "a dog")):
        rect = answer.mark_rect(mark)
        cursor = answer.cursorForPosition(rect.center().toPoint())
        cursor.select(cursor.SelectionType.WordUnderCursor)
        assert cursor.selectedText() in words
        assert answer.anchorAt(rect.center().toPoint()) == f"mark:{mark}"


def test_a_lit_phrase_is_painted_stronger(answer: AnswerView) -> None:
    answer.add_text("A cup on a table.")
    answer.set_marks([Mark(0, 5, "A cup", 0)])
    corner = answer.mark_rect(0).topLeft().toPoint() + QPoint(1, 2)
    answer.light(None)
    plain = answer.viewport().grab().toImage().pixelColor(corner)
    answer.light(0)
    lit = answer.viewport().grab().toImage().pixelColor(corner)
    assert plain != lit
