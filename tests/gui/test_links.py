"""Addresses in an answer: plain text that can be chosen, and a question before anything opens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.chat.answer_view import AnswerView
from app.chat.links import LONGEST, addresses
from app.chat.spans import Mark

ADDRESS = "https://example.org/a_b_c?d=(e)"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the system's browser was asked to open."""
    addresses: list[str] = []

    def open_url(url: QUrl) -> bool:
        addresses.append(url.toString())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    yield addresses
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QMessageBox):
            widget.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"See {ADDRESS}.", [ADDRESS]),
        ("(http://a.example/b), http://c.example!", ["http://a.example/b", "http://c.example"]),
        ("[here](https://a.example)", ["https://a.example"]),
        ("**HTTP://A.example**", ["HTTP://A.example"]),
        ("ftp://a.example file:///etc/passwd javascript:alert(1) www.a.example", []),
        ("http:// https://? xhttp://a.example", []),
        ("https://\u0430.example https://a.example/\u202egpj.exe", []),
        ("https://a.example/" + "x" * LONGEST, []),
    ],
)
def test_only_whole_addresses_of_the_web_are_found(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in addresses(text)] == found


def _show(answer: AnswerView, text: str, marks: list[Mark] | None = None) -> None:
    answer.add_text(text)
    answer.set_marks(marks or [])
    answer.finish()
    QApplication.processEvents()


def _place(answer: AnswerView, link: str) -> QPoint:
    return next(
        QPoint(x, y)
        for y in range(0, answer.height(), 3)
        for x in range(0, answer.width(), 3)
        if answer.anchorAt(QPoint(x, y)) == link
    )


def _question(qtbot: QtBot) -> QMessageBox:
    def there() -> bool:
        return isinstance(QApplication.activeModalWidget(), QMessageBox)

    qtbot.waitUntil(there)
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    return box


def test_a_clicked_address_is_shown_whole_and_opens_when_one_says_so(
    answer: AnswerView, opened: list[str], qtbot: QtBot
) -> None:
    _show(answer, f"Look at {ADDRESS}.")
    QTest.mouseClick(answer.viewport(), Qt.MouseButton.LeftButton, pos=_place(answer, "address:0"))
    box = _question(qtbot)
    assert ADDRESS in box.informativeText() and "example.org." in box.informativeText()
    assert opened == []
    yes = next(button for button in box.buttons() if button.text() == "Open")
    QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
    assert opened == [ADDRESS]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_by_keys_the_answer_is_no_unless_one_chooses(
    answer: AnswerView, opened: list[str], qtbot: QtBot, key: Qt.Key
) -> None:
    _show(answer, f"A cat, see {ADDRESS}", [Mark(0, 5, "A cat", 0)])
    answer.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    QTest.keyClick(answer, Qt.Key.Key_Return)
    box = _question(qtbot)
    QTest.keyClick(box, key)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert opened == []


def test_who_hides_behind_a_name_is_said(
    answer: AnswerView, opened: list[str], qtbot: QtBot
) -> None:
    _show(answer, "https://bank.example@evil.example/" + "long/" * 40)
    QTest.mouseClick(answer.viewport(), Qt.MouseButton.LeftButton, pos=_place(answer, "address:0"))
    box = _question(qtbot)
    assert "It leads to evil.example." in box.informativeText()
    assert box.informativeText().replace("\n", "").count("long/") == 40


def test_while_an_answer_comes_nothing_can_be_chosen(answer: AnswerView) -> None:
    answer.add_text("https://a.exam")
    answer.flush()
    assert all(not answer.anchorAt(QPoint(x, 10)) for x in range(0, 420, 5))
    answer.add_text("ple/b")
    answer.finish()
    assert _place(answer, "address:0").y() >= 0


def test_no_sign_of_an_address_is_hidden(answer: AnswerView) -> None:
    _show(answer, "https://a.example/_x_ *y*")
    formats = answer.document().begin().layout().formats()
    hidden = [f.start for f in formats if f.format.fontPointSize() == 1]
    assert hidden == [22, 24]
