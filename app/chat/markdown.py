"""Markdown in an answer, shown by style alone: the characters stay what the model wrote.

No sign is taken out of the text, so offsets of phrases hold, and Markdown makes no picture and no
link. Signs that only carry a style are made too small to see. A highlighter is asked again for
lines that changed, and for no others, however long the answer is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
)

from app.chat.links import ADDRESS
from app.theme import Theme

_PLAIN, _FENCED = 0, 1
_HEADING = re.compile(r"(#{1,6}\s+)(.*)")
_ITEM = re.compile(r"\s*([-*+]|\d{1,3}[.)])\s")
_QUOTE = re.compile(r"\s*>\s?")
_CODE = re.compile(r"(`+)([^`]+)(\1)(?!`)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)(\1)")
_SLANTED = re.compile(r"(?<![\w*_])([*_])(?=[^\s*_])([^*_]*?)(?<=[^\s*_])(\1)(?![\w*_])")
_LARGER = {1: 1.35, 2: 1.2, 3: 1.08}


class MarkdownStyle(QSyntaxHighlighter):
    """Styles the lines of a document: headings, lists, quotes, code, strong and slanted words."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        theme.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:  # noqa: N802
        inside = self.previousBlockState() == _FENCED
        fence = text.lstrip().startswith("```")
        self.setCurrentBlockState(_FENCED if inside != fence else _PLAIN)
        for start, end, style in self._styles(text, inside=inside, fence=fence):
            first, last = _units(text, start), _units(text, end)
            for place in range(first, last):
                merged = self.format(place)
                merged.merge(style)
                self.setFormat(place, 1, merged)

    def _styles(
        self, text: str, *, inside: bool, fence: bool
    ) -> Iterator[tuple[int, int, QTextCharFormat]]:
        """What to style: from where, to where, how."""
        if fence:
            yield 0, len(text), self._hidden()
            return
        if inside:
            yield 0, len(text), self._code()
            return
        if heading := _HEADING.match(text):
            yield *heading.span(1), self._hidden()
            level = heading[1].count("#")
            yield *heading.span(2), self._strong(_LARGER.get(level, 1.0))
        elif item := _ITEM.match(text):
            yield *item.span(1), self._coloured(self._theme.palette.accent)
        elif quote := _QUOTE.match(text):
            yield quote.end(), len(text), self._coloured(self._theme.palette.muted)
        code = list(_CODE.finditer(text))
        masked = text
        for whole in (_CODE, ADDRESS):  # what is in them is no sign of a style
            masked = whole.sub(lambda found: "\0" * len(found[0]), masked)
        for found, style in (
            *((found, self._code()) for found in code),
            *((found, self._strong(1.0)) for found in _BOLD.finditer(masked)),
            *((found, _slanted()) for found in _SLANTED.finditer(masked)),
        ):
            yield *found.span(2), style
            yield *found.span(1), self._hidden()
            yield *found.span(3), self._hidden()

    def _points(self) -> float:
        return self.document().defaultFont().pointSizeF()

    def _strong(self, larger: float) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFontWeight(QFont.Weight.Bold)
        if larger > 1:
            style.setFontPointSize(self._points() * larger)
        return style

    def _code(self) -> QTextCharFormat:
        style = QTextCharFormat()
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        style.setFontFamilies([fixed.family()])
        style.setBackground(QColor(self._theme.palette.hover))
        return style

    def _coloured(self, colour: str) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setForeground(QColor(colour))
        return style

    def _hidden(self) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFontPointSize(1)
        style.setForeground(QColor(0, 0, 0, 0))
        return style


def _slanted() -> QTextCharFormat:
    style = QTextCharFormat()
    style.setFontItalic(True)
    return style


def _units(text: str, place: int) -> int:
    """A place in a text as a document counts it, in UTF-16 units."""
    return place if text.isascii() else len(text[:place].encode("utf-16-le")) // 2
