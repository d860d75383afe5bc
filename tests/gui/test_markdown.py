"""Markdown in answers: styled where it stands, while the text and its offsets stay."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFont, QTextCharFormat
from PySide6.QtWidgets import QApplication

from app.chat.answer_view import AnswerView
from app.chat.spans import Mark


def _write(answer: AnswerView, text: str) -> None:
    answer.add_text(text)
    answer.flush()
    QApplication.processEvents()


def _styled(answer: AnswerView, words: str) -> QTextCharFormat:
    """How the first character of some words is shown."""
    block = answer.document().begin()
    while block.isValid():
        at = len(block.text()[: block.text().find(words)].encode("utf-16-le")) // 2
        if words in block.text():
            styles = [f for f in block.layout().formats() if f.start <= at < f.start + f.length]
            return QTextCharFormat(styles[-1].format) if styles else QTextCharFormat()
        block = block.next()
    raise AssertionError(f"{words!r} is not shown")


def _hidden(style: QTextCharFormat) -> bool:
    return style.fontPointSize() == 1


def test_words_are_styled_and_their_signs_are_not_seen(answer: AnswerView) -> None:
    text = "## Title\n🐈 a **strong** word, a *slanted* one and `code *here*`.\n- item\n> said"
    _write(answer, text)
    assert answer.toPlainText() == text
    assert _styled(answer, "Title").fontPointSize() > answer.font().pointSizeF()
    assert _styled(answer, "strong").fontWeight() == QFont.Weight.Bold
    assert _styled(answer, "slanted").fontItalic()
    assert not _styled(answer, "here").fontItalic()
    assert _styled(answer, "code").background().color().isValid()
    assert _styled(answer, "word").fontWeight() < QFont.Weight.Bold
    for signs in ("## ", "**strong", "*slanted", "`code"):
        assert _hidden(_styled(answer, signs))


def test_code_in_a_fence_is_left_alone(answer: AnswerView) -> None:
    _write(answer, "```python\n# no **title**\n```\nafter **that**")
    inside = _styled(answer, "# no")
    assert not _hidden(inside)
    assert inside.fontWeight() < QFont.Weight.Bold
    assert _styled(answer, "that").fontWeight() == QFont.Weight.Bold


@pytest.mark.parametrize("text", ["2 * 3 * 4", "snake_case_name", "**", "* ", "a ** b ** c", "`"])
def test_what_only_looks_like_it_stays_plain(answer: AnswerView, text: str) -> None:
    _write(answer, text)
    assert not any(_hidden(style.format) for style in answer.document().begin().layout().formats())


def test_a_style_appears_when_its_end_has_come(answer: AnswerView) -> None:
    _write(answer, "a **str")
    assert not _hidden(_styled(answer, "**"))
    _write(answer, "ong** word")
    assert _styled(answer, "strong").fontWeight() == QFont.Weight.Bold


def test_pictures_and_links_stay_text(answer: AnswerView) -> None:
    written = "![x](http://a.invalid/b.png) [y](file:///etc/passwd) <http://a.invalid>"
    _write(answer, written)
    assert answer.toPlainText() == written
    assert "href" not in answer.toHtml()
    assert "<img" not in answer.toHtml()


def test_a_phrase_with_a_box_holds_within_styled_words(answer: AnswerView) -> None:
    answer.set_marks([Mark(4, 9, "a cat", 0)])
    _write(answer, "**x a cat** sits")
    rect = answer.mark_rect(0)
    assert answer.anchorAt(rect.center().toPoint()) == "mark:0"
    assert _styled(answer, "a cat").fontWeight() == QFont.Weight.Bold
