"""The program's own menu, in the header: the dialogs that are not about one picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QToolButton

from app.engine_bridge import EngineBridge
from app.icons import icon
from app.log.logfile import LogFile
from app.settings.store import SettingsStore
from app.texts import translate
from app.theme import Theme

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.models.manager import ModelManager
    from app.sheet import Sheet

KEYS = "F10"


class ProgramMenu(QToolButton):
    """A button with a menu of dialogs, each made when it is first opened; on the GUI thread.

    Signals:
        introduction_wanted(): the person wants to be shown once more what the program can do.
    """

    introduction_wanted = Signal()

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        *,
        store: SettingsStore,
        bridge: EngineBridge,
        log: LogFile,
    ) -> None:
        super().__init__()
        self._window = window
        self._theme = theme
        self._store = store
        self._bridge = bridge
        self._log_file = log
        self._made: dict[str, Sheet] = {}
        self._manager: ModelManager | None = None
        self.setProperty("kind", "icon")
        self.setAccessibleName(translate("window", "Program menu"))
        tip = translate("window", "Models, settings, log, corrections ({keys})")
        self.setToolTip(tip.format(keys=KEYS))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setAccessibleName(translate("window", "Program menu"))
        self.setMenu(menu)
        QShortcut(QKeySequence(KEYS), window).activated.connect(self.showMenu)
        self._add(translate("window", "Models…"), "Ctrl+M", lambda: self.models().dialog)
        self._add(translate("window", "Settings…"), "Ctrl+,", self._settings)
        self._add(translate("window", "Log…"), "Ctrl+Shift+L", self._log)
        introduction = translate("window", "Introduction")
        self._add_action(introduction, "F1", self.introduction_wanted.emit)
        theme.changed.connect(self._recolour)
        self._recolour()

    def offer(self, text: str, act: Callable[[], None]) -> None:
        """One more thing that can be done, after the dialogs."""
        self.menu().addAction(text, act)

    def _add(self, text: str, keys: str, make: Callable[[], Sheet]) -> None:
        self._add_action(text, keys, lambda: self._open(text, make))

    def _add_action(self, text: str, keys: str, act: Callable[[], None]) -> None:
        action = self.menu().addAction(text)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: act())
        self._window.addAction(action)

    def _open(self, text: str, make: Callable[[], Sheet]) -> None:
        if text not in self._made:
            self._made[text] = make()
        self._made[text].open_beside()

    def _settings(self) -> Sheet:
        from app.settings.dialog import SettingsDialog

        return SettingsDialog(self._store, self._window)

    def models(self) -> ModelManager:
        """Who knows about models; made with the first call, and closed with the window."""
        if self._manager is None:
            from app.models.manager import ModelManager

            window = self._window
            self._manager = made = ModelManager(self._store, self._bridge, window)
            made.said.connect(lambda sentence, wrong: window.chat.say(sentence, error=wrong))
            window.closed.connect(made.close)
        return self._manager

    def _log(self) -> Sheet:
        from app.log.dialog import LogDialog

        return LogDialog(self._log_file, self._store, self._bridge, self._window)

    def _recolour(self) -> None:
        self.setIcon(icon("menu", self._theme.palette.text))
