"""The text of one answer: it grows while it streams; phrases with boxes take hover and focus.

What a model writes goes in as plain characters, which Markdown may style but not change; links
exist only where this module sets them, and a document that asks for any file or address gets none.
An address can be chosen; then a question comes, and nothing is opened before it was answered.
"""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QByteArray, QElapsedTimer, QEvent, QRectF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from app.chat.links import addresses, ask_to_open
from app.chat.markdown import MarkdownStyle
from app.chat.spans import Mark
from app.texts import translate
from app.theme import Theme, box_colour

# Thirty times a second is smooth to read, and keeps the cost of layout apart from the tokens.
FLUSH_MS = 33
LINE_HEIGHT = 125  # percent
# One character for one, so that offsets hold: what a text document would take for its own signs.
_PLAIN = str.maketrans({"\r": " ", "\u2029": "\n", "\ufdd0": " ", "\ufdd1": " ", "\0": "\ufffd"})

_LINES = QTextBlockFormat()
_LINES.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)


class AnswerView(QTextBrowser):
    """Lives on the GUI thread.

    Signals:
        mark_hovered(int): the pointer or the keyboard is on this mark; -1 when it left.
    """

    mark_hovered = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: list[Mark] = []
        self._lit: int | None = None
        self._hovered = -1
        self._text = ""
        self._shown = 0
        self._spans: list[tuple[int, int]] = []
        self._addresses: list[str] = []
        self.setProperty("kind", "words")
        self.setAccessibleName(translate("chat", "Answer"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.anchorClicked.connect(self._chosen)
        self.viewport().setMouseTracking(True)
        self.document().setDocumentMargin(2)
        MarkdownStyle(self.document(), theme)
        self.document().documentLayout().documentSizeChanged.connect(self._fit_height)
        theme.changed.connect(self.viewport().update)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self.flush)

    def loadResource(self, _kind: int, _name: QUrl | str) -> QByteArray:  # noqa: N802
        """Nothing is ever loaded for an answer. (Given None, a document would look for itself.)"""
        return QByteArray()

    def add_text(self, text: str) -> None:
        """More of the answer; it is shown within a thirtieth of a second."""
        self._text += text.translate(_PLAIN)
        if not self._timer.isActive():
            self._timer.start()

    def set_marks(self, marks: list[Mark]) -> None:
        """The marks so far; those that are new become links."""
        self._marks = list(marks)
        if not self._timer.isActive():
            self._timer.start()

    def light(self, mark: int | None) -> None:
        """Light a mark, as its box is lit."""
        self._lit = mark
        self.viewport().update()

    @property
    def lit(self) -> int | None:
        """The mark that is lit."""
        return self._lit

    def mark_rect(self, mark: int) -> QRectF:
        """Where a mark's first line is, in pixels of the viewport."""
        self.flush()
        return self._rects(mark)[0]

    def flush(self) -> None:
        """Show what has come since the last time."""
        begun = QElapsedTimer()
        begun.start()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()  # one layout for all of it
        if self._shown < len(self._text):
            cursor.setPosition(self.document().characterCount() - 1)
            if not self._shown:
                cursor.setBlockFormat(_LINES)
            cursor.insertText(self._text[self._shown :], QTextCharFormat())
            self._shown = len(self._text)
        for index in range(len(self._spans), len(self._marks)):
            mark = self._marks[index]
            self._spans.append(self._span(mark.start, mark.end))
            _link(cursor, self._spans[-1], f"mark:{index}", line=False)
        cursor.endEditBlock()
        self.viewport().update()
        # The longer the answer, the longer its layout takes: leave most of the time to the rest.
        self._timer.setInterval(max(FLUSH_MS, 4 * begun.elapsed()))

    def finish(self) -> None:
        """No more will come: the addresses are complete, and those outside of phrases can be
        chosen."""
        self.flush()
        self._addresses.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for start, end in addresses(self._text):
            if all(end <= mark.start or mark.end <= start for mark in self._marks):
                href = f"address:{len(self._addresses)}"
                _link(cursor, self._span(start, end), href, line=True)
                self._addresses.append(self._text[start:end])
        cursor.endEditBlock()

    def _chosen(self, link: QUrl) -> None:
        if link.scheme() == "address":
            ask_to_open(self._addresses[int(link.path())], self.window())

    def _span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch in the document's own positions, which count UTF-16 units."""
        first = len(self._text[:start].encode("utf-16-le")) // 2
        return first, first + len(self._text[start:end].encode("utf-16-le")) // 2

    def _fit_height(self) -> None:
        height = ceil(self.document().size().height())
        if height != self.height():
            self.setFixedHeight(height)

    # Hover and focus

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(_mark_of(self.anchorAt(event.position().toPoint())))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hover(-1)
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()  # There is no page to turn: that key is to talk.
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """Tab goes from phrase to phrase before it leaves the answer."""
        stays = super().focusNextPrevChild(forward)
        cursor = self.textCursor()
        if self.hasFocus() and cursor.hasSelection():
            self._hover(_mark_of(cursor.charFormat().anchorHref()))
        return stays

    def _hover(self, mark: int) -> None:
        if mark != self._hovered:
            self._hovered = mark
            self.light(None if mark < 0 else mark)
            self.mark_hovered.emit(mark)

    # The tint behind the phrases

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for index, mark in enumerate(self._marks[: len(self._spans)]):
            colour = box_colour(mark.colour)
            tint = QColor(colour)
            tint.setAlphaF((0.62 if index == self._lit else 0.24) + 0.08 * self._theme.palette.dark)
            for rect in self._rects(index):
                if not rect.intersects(event.rect()):
                    continue
                painter.setBrush(tint)
                painter.drawRoundedRect(rect.adjusted(-2, 0, 2, 0), 4, 4)
                painter.setBrush(colour)
                painter.drawRoundedRect(
                    QRectF(rect.left() - 1, rect.bottom() - 2, rect.width() + 2, 2), 1, 1
                )
        painter.end()
        super().paintEvent(event)

    def _rects(self, mark: int) -> list[QRectF]:
        """The rectangles of a linked mark, one a line, in pixels of the viewport."""
        start, end = self._spans[mark]
        rects: list[QRectF] = []
        block = self.document().findBlock(start)
        while block.isValid() and block.position() < end:
            rects.extend(self._block_rects(block, start - block.position(), end - block.position()))
            block = block.next()
        return rects

    def _block_rects(self, block: QTextBlock, start: int, end: int) -> list[QRectF]:
        layout = block.layout()
        start, end = max(start, 0), min(end, block.length() - 1)
        origin = self.document().documentLayout().blockBoundingRect(block).topLeft()
        rects: list[QRectF] = []
        while start < end:
            line = layout.lineForTextPosition(start)
            last = min(end, line.textStart() + line.textLength())
            if not line.isValid() or last <= start:
                break
            left, right = _x(line.cursorToX(start)), _x(line.cursorToX(last))
            rects.append(QRectF(left, line.y(), right - left, line.height()).translated(origin))
            start = last
        return rects


def _link(cursor: QTextCursor, span: tuple[int, int], href: str, *, line: bool) -> None:
    """Make a stretch of the document a link; with a line below it where nothing else shows it."""
    link = QTextCharFormat()
    link.setAnchor(True)
    link.setAnchorHref(href)
    link.setFontUnderline(line)
    cursor.setPosition(span[0])
    cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
    cursor.mergeCharFormat(link)


def _x(place: object) -> float:
    """The x of a cursor: the binding gives it alone or with the position it belongs to."""
    return float(place[0] if isinstance(place, tuple) else place)  # type: ignore[arg-type]


def _mark_of(link: str) -> int:
    return int(link.removeprefix("mark:")) if link.startswith("mark:") else -1
