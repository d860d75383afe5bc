"""Where the words of an answer are corrected, while its boxes are on the picture."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
)

from app.chat.draft import Draft
from app.chat.flow import FlowLayout
from app.texts import marked, translate
from app.theme import Theme, box_colour

SAVE_KEY = "Ctrl+Return"
MOST_LINES = 10
PADDING = 10  # pixels above and below the lines, together

ONE_BOX = marked(
    "chat",
    "Drag a box where it belongs, or Page Down and the arrows; Delete removes it. "
    "Dragging with Shift draws one in its place. Without a box the answer is “none”.",
)
WITH_WORDS = marked(
    "chat",
    "Drag a box where it belongs, or Page Down and the arrows; Delete removes it. "
    "Dragging with Shift draws one for the words that are selected here.",
)
WORDS_ALONE = marked("chat", "Change the words.")


class AnswerEditor(QFrame):
    """Shows a draft and changes its words; lives on the GUI thread.

    Signals:
        written(): the words of the draft became others.
        saved(), left(): the person is done, with the correction or without.
    """

    written = Signal()
    saved = Signal()
    left = Signal()

    def __init__(self, draft: Draft, theme: Theme, *, pictured: bool) -> None:
        super().__init__()
        self._draft = draft
        self._theme = theme
        self._lit: int | None = None
        self.words = _Words()
        self.words.setPlainText(draft.text)
        self.words.setHidden(draft.one_box)
        explained = ONE_BOX if draft.one_box else WITH_WORDS if pictured else WORDS_ALONE
        hint = QLabel(translate("chat", explained))
        hint.setProperty("kind", "muted")
        hint.setWordWrap(True)
        self.save = QPushButton(translate("chat", "Save"))
        self.save.setProperty("kind", "primary")
        self.save.setAccessibleName(translate("chat", "Save the correction"))
        self.save.setToolTip(translate("chat", "Save the correction (Ctrl+Enter)"))
        QShortcut(QKeySequence(SAVE_KEY), self).activated.connect(self.saved)
        self.leave = QPushButton(translate("chat", "Leave as it was"))
        self.leave.setProperty("kind", "outline")
        self.leave.setToolTip(translate("chat", "Leave the answer as it was (Esc)"))
        row = FlowLayout()
        row.addWidget(self.save)
        row.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(hint)
        column.addWidget(self.words)
        column.addLayout(row)
        self.save.clicked.connect(self.saved)
        self.words.done.connect(self.saved)
        self.leave.clicked.connect(self.left)
        self.words.document().contentsChange.connect(self._changed)
        theme.changed.connect(self._tint)
        self._tint()

    @property
    def chosen(self) -> tuple[int, int] | None:
        """The stretch of the words that is selected."""
        cursor = self.words.textCursor()
        if not cursor.hasSelection():
            return None
        text = self._draft.text
        return (
            _characters(text, cursor.selectionStart()),
            _characters(text, cursor.selectionEnd()),
        )

    def show_draft(self, lit: int | None) -> None:
        """The draft became another one; `lit` is the mark whose box is in hand."""
        self._lit = lit
        if self.words.toPlainText() != self._draft.text:
            text = self._draft.text
            self.words.document().contentsChange.disconnect(self._changed)
            self.words.setPlainText(text)
            self.words.document().contentsChange.connect(self._changed)
        self._tint()

    def _changed(self, at: int, removed: int, _added: int) -> None:
        """The document counts in UTF-16 units, and the mark at its end among them."""
        before, text = self._draft.text, self.words.toPlainText()
        start = _characters(before, at)
        self._draft.write(text, start, _characters(before, at + removed) - start)
        self._tint()
        self.written.emit()

    def _tint(self) -> None:
        """Show which words have boxes, in the colours of the boxes."""
        tints = []
        for number, phrase in enumerate(self._draft.phrases):
            if phrase.lost or number not in self._draft.marks:
                continue
            colour = QColor(box_colour(number))
            colour.setAlphaF(
                (0.6 if number == self._lit else 0.25) + 0.1 * self._theme.palette.dark
            )
            tint = QTextEdit.ExtraSelection()
            tint.cursor = self._cursor(phrase.start, phrase.end)
            tint.format.setBackground(colour)
            tints.append(tint)
        self.words.setExtraSelections(tints)

    def _cursor(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self.words.document())
        cursor.setPosition(_units(self._draft.text, start))
        cursor.setPosition(_units(self._draft.text, end), QTextCursor.MoveMode.KeepAnchor)
        return cursor


class _Words(QPlainTextEdit):
    """As high as its lines, up to ten.

    Signals:
        done(): the keys that save were pressed, which Qt counts among those of a text.
    """

    done = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "words")
        self.setAccessibleName(translate("chat", "The words of the answer"))
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.minimumHeight())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if QKeySequence(event.keyCombination()) == QKeySequence(SAVE_KEY):
            self.done.emit()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        lines = min(max(int(self.document().size().height()), 1), MOST_LINES)
        around = 2 * (self.frameWidth() + int(self.document().documentMargin())) + PADDING
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + around)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()


def _characters(text: str, units: int) -> int:
    """How many characters are in the first so many UTF-16 units of a text."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))


def _units(text: str, characters: int) -> int:
    """A place in a text as a document counts it."""
    return len(text[:characters].encode("utf-16-le")) // 2
