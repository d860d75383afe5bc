"""What the program's dialogs have in common: a page that scrolls, a sentence, and a way out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.texts import translate

MARGIN = 20
BAR = 16  # what a scroll bar may take


class Sheet(QDialog):
    """A dialog beside the window, which stays usable; Esc closes it. Lives on the GUI thread.

    What it shows goes into `page`, further buttons into `buttons`. It opens wide enough for its
    page, and the page scrolls where the screen is too low. `em` is the width in which it wraps.
    """

    def __init__(self, title: str, parent: QWidget, *, em: int) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setModal(False)
        self._em = em
        self._content = QWidget()
        self._content.setObjectName("sheet-page")
        self.page = QVBoxLayout(self._content)
        self.page.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.page.setSpacing(10)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._content)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sentence = words("", "muted")
        self._sentence.hide()
        close = button(translate("window", "Close"), translate("window", "Close (Esc)"))
        close.clicked.connect(self.close)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.buttons.addStretch(1)
        self.buttons.addWidget(close)
        self._foot = QVBoxLayout()
        self._foot.setContentsMargins(MARGIN, 10, MARGIN, 14)
        self._foot.addWidget(self._sentence)
        self._foot.addLayout(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addLayout(self._foot)

    @property
    def sentence(self) -> str:
        """What is said at the foot; nothing where it is empty."""
        return self._sentence.text()

    def say(self, sentence: str, *, error: bool = False) -> None:
        """One sentence at the foot, until the next."""
        self._sentence.setProperty("kind", "error" if error else "muted")
        self._sentence.style().polish(self._sentence)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def open_beside(self) -> None:
        """Show it, or bring it to the front."""
        if not self.isVisible():
            self.fit()
        self.show()
        self.raise_()
        self.activateWindow()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and self.isVisible():
            self.fit()

    def fit(self) -> None:
        """As large as its page, at most what the screen has."""
        for child in (self._content, *self._content.findChildren(QWidget)):
            child.ensurePolished()
        self.page.invalidate()
        screen = self.screen().availableSize()
        least = self._content.minimumSizeHint().width() + BAR
        room = screen.width() - 2 * MARGIN
        # Words wrap, but a narrow screen may be too small for the longest label and its control.
        policy, bar = self._scroll.setHorizontalScrollBarPolicy, Qt.ScrollBarPolicy
        policy(bar.ScrollBarAsNeeded if least > room else bar.ScrollBarAlwaysOff)
        self._scroll.setMinimumWidth(min(least, room))
        width = max(self._em * self.fontMetrics().averageCharWidth(), least)
        height = self.page.totalHeightForWidth(width - BAR) + self._foot.sizeHint().height() + BAR
        self.resize(QSize(width, height).boundedTo(screen * 0.9))


def words(text: str, kind: str = "") -> QLabel:
    """A label of plain words that wraps, in the style of that kind."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if kind:
        label.setProperty("kind", kind)
    return label


def button(text: str, tip: str) -> QPushButton:
    """A button with an outline; Enter elsewhere in the dialog does not press it."""
    made = QPushButton(text)
    made.setProperty("kind", "outline")
    made.setToolTip(tip)
    made.setAutoDefault(False)
    return made
