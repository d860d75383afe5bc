"""The tools that float over the picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from app.icons import icon
from app.theme import Theme

GAP = 16


class Tools(QFrame):
    """A row of buttons at the lower edge of its parent; lives on the GUI thread.

    Each button has a name, a tip and keys, which work in the whole window while it is shown.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self._theme = theme
        self._icons: dict[str, QToolButton] = {}
        self.setProperty("kind", "tools")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(5, 4, 5, 4)
        self._row.setSpacing(1)
        parent.installEventFilter(self)
        theme.changed.connect(self._recolour)

    def add(
        self, name: str, text: str, keys: tuple[str, ...], action: Callable[[], object]
    ) -> QToolButton:
        """A button with the icon `name`."""
        button = self._icon_button(name, text, keys)
        self._act(button, keys, action)
        return button

    def add_words(
        self, longest: str, text: str, keys: tuple[str, ...], action: Callable[[], object]
    ) -> QToolButton:
        """A button that shows words, wide enough for the longest."""
        button = self._button(text, keys)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(longest) + 14)
        self._act(button, keys, action)
        return button

    def add_menu(self, name: str, text: str, keys: tuple[str, ...]) -> QMenu:
        """A button that opens a menu; gives the menu to fill."""
        button = self._icon_button(name, text, keys)
        menu = QMenu(button)
        menu.setAccessibleName(text)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for key in keys:
            QShortcut(QKeySequence(key), button).activated.connect(button.showMenu)
        return menu

    def _icon_button(self, name: str, text: str, keys: tuple[str, ...]) -> QToolButton:
        button = self._button(text, keys)
        button.setIconSize(QSize(18, 18))
        self._icons[name] = button
        button.setIcon(icon(name, self._theme.palette.text))
        return button

    def _button(self, text: str, keys: tuple[str, ...]) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "icon")
        button.setAccessibleName(text)
        button.setToolTip(f"{text} ({keys[0]})")
        self._row.addWidget(button)
        return button

    def _act(
        self, button: QToolButton, keys: tuple[str, ...], action: Callable[[], object]
    ) -> None:
        button.clicked.connect(lambda _=False: action())
        for key in keys:
            QShortcut(QKeySequence(key), button).activated.connect(action)

    def place(self) -> None:
        """Go to the middle of the parent's lower edge."""
        self.adjustSize()
        room = self._room.size()
        self.move((room.width() - self.width()) // 2, room.height() - self.height() - GAP)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def _recolour(self) -> None:
        for name, button in self._icons.items():
            button.setIcon(icon(name, self._theme.palette.text))
