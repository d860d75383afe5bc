"""What stands in the picture's place before there is one: where to drop, and examples to try."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QIcon, QImageReader, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.rounded import rounded
from app.examples import Example
from app.icons import pixmap
from app.texts import translate
from app.theme import Theme
from app.wording import prompt_in_words

THUMBNAIL = QSize(132, 96)
CAPTURE_KEY = "Ctrl+Shift+S"


class Welcome(QWidget):
    """Lives on the GUI thread.

    Signals:
        open_clicked(): the person wants to choose a file.
        capture_clicked(): the person wants a picture of a part of the screen.
        example_clicked(Example, bool): an example was chosen; True: its question is asked, too.
    """

    open_clicked = Signal()
    capture_clicked = Signal()
    example_clicked = Signal(object, bool)

    def __init__(self, theme: Theme, examples: tuple[Example, ...]) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._icon = QLabel()
        self._thumbnails: dict[Path, QToolButton] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 12, 12, 12)
        outer.addStretch(1)
        outer.addWidget(self._card(examples), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _card(self, examples: tuple[Example, ...]) -> QFrame:
        card = QFrame()
        card.setProperty("kind", "welcome-card")
        column = QVBoxLayout(card)
        column.setContentsMargins(20, 28, 20, 26)
        column.setSpacing(8)
        middle = Qt.AlignmentFlag.AlignHCenter
        title = QLabel(translate("canvas", "Drop a picture here"))
        title.setProperty("kind", "hero")
        words = QLabel(translate("canvas", "or paste it with Ctrl+V. It stays on this computer."))
        words.setProperty("kind", "muted")
        open_ = self._action(
            translate("canvas", "Open a picture…"),
            translate("canvas", "Choose a file"),
            "Ctrl+O",
            self.open_clicked,
        )
        open_.setProperty("kind", "primary")
        capture = self._action(
            translate("canvas", "Capture the screen…"),
            translate("canvas", "Choose a part of it"),
            CAPTURE_KEY,
            self.capture_clicked,
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addWidget(open_)
        buttons.addWidget(capture)
        column.addWidget(self._icon, 0, middle)
        column.addWidget(title, 0, middle)
        column.addWidget(words, 0, middle)
        column.addSpacing(10)
        column.addLayout(buttons)
        column.setAlignment(buttons, middle)
        if examples:
            column.addSpacing(22)
            try_one = QLabel(translate("canvas", "Or try one of these"))
            try_one.setProperty("kind", "muted")
            column.addWidget(try_one, 0, middle)
            row = QHBoxLayout()
            row.setSpacing(14)
            for example in examples:
                row.addLayout(self._example(example))
            column.addLayout(row)
        return card

    def _action(self, text: str, tip: str, keys: str, wanted: SignalInstance) -> QPushButton:
        """A button whose key works as long as the welcome is shown."""
        button = QPushButton(text)
        button.setProperty("kind", "outline")
        button.setToolTip(f"{tip} ({keys})")
        button.clicked.connect(wanted)
        QShortcut(QKeySequence(keys), button).activated.connect(wanted)
        return button

    def _example(self, example: Example) -> QVBoxLayout:
        """A thumbnail that opens the picture, and a button that also asks."""
        name = example.picture.stem
        picture = QToolButton()
        picture.setIconSize(THUMBNAIL)
        picture.setFixedSize(THUMBNAIL + QSize(14, 14))
        self._thumbnails[example.picture] = picture
        picture.setProperty("kind", "icon")
        named = translate("canvas", "Open the example picture {name}")
        picture.setAccessibleName(named.format(name=name))
        picture.setToolTip(translate("canvas", "Open {name}").format(name=example.picture.name))
        picture.clicked.connect(lambda: self.example_clicked.emit(example, False))
        ask = QPushButton(prompt_in_words(example.prompt))
        ask.setProperty("kind", "chip")
        asks = translate("canvas", "Open the picture and ask {question}")
        ask.setToolTip(asks.format(question=example.prompt))
        ask.clicked.connect(lambda: self.example_clicked.emit(example, True))
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(ask, 0, Qt.AlignmentFlag.AlignHCenter)
        return column

    def load_thumbnails(self) -> None:
        """Show the examples' pictures; called once the window has been painted without them."""
        filling = Qt.AspectRatioMode.KeepAspectRatioByExpanding
        for path, button in self._thumbnails.items():
            reader = QImageReader(str(path))
            reader.setScaledSize(reader.size().scaled(THUMBNAIL * 2, filling))
            button.setIcon(QIcon(rounded(reader.read(), THUMBNAIL)))

    def _recolour(self) -> None:
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(pixmap("picture", self._theme.palette.accent, 52, ratio=ratio))
