"""The log viewer, with the button that copies what a helper needs to know."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.engine_bridge import EngineBridge
from app.log.diagnostics import diagnostics
from app.log.logfile import LogFile
from app.settings.store import SettingsStore
from app.sheet import Sheet, button, words
from app.texts import marked, translate

EM = 100
LINES = 22
COPIED = marked(
    "log",
    "Copied: versions, device, model, settings and the last error. No word of a conversation.",
)
EMPTY = marked("log", "Nothing has been written yet.")


class LogDialog(Sheet):
    """Shows the end of the log, read anew whenever it is opened; lives on the GUI thread."""

    def __init__(
        self, log: LogFile, store: SettingsStore, bridge: EngineBridge, parent: QWidget
    ) -> None:
        super().__init__(translate("log", "Log"), parent, em=EM)
        self._log_file = log
        self._store = store
        self._bridge = bridge
        self.view = QPlainTextEdit()
        self.view.setReadOnly(True)
        self.view.setAccessibleName(translate("log", "Log"))
        self.view.setPlaceholderText(translate("log", EMPTY))
        self.view.setTabChangesFocus(True)
        self.view.setMinimumHeight(LINES * self.view.fontMetrics().lineSpacing())
        self.page.addWidget(self.view, 1)
        place = translate("log", "Kept in {path}.").format(path=log.path)
        self.page.addWidget(words(place, "small"))
        again = button(translate("log", "Read again"), translate("log", "Read the log again (F5)"))
        again.setShortcut("F5")
        again.clicked.connect(self._read)
        copy = button(
            translate("log", "Copy diagnostics"),
            translate("log", "Copy what a helper needs to know (Ctrl+D)"),
        )
        copy.setShortcut("Ctrl+D")
        copy.clicked.connect(self._copy)
        self.buttons.insertWidget(0, copy)
        self.buttons.insertWidget(1, again)

    def open_beside(self) -> None:
        self._read()
        self.say("")
        super().open_beside()

    def _read(self) -> None:
        self.view.setPlainText(self._log_file.text())
        self.view.moveCursor(QTextCursor.MoveOperation.End)

    def _copy(self) -> None:
        text = diagnostics(self._store.now, self._bridge.state, self._log_file.last_error)
        QGuiApplication.clipboard().setText(text)
        self.say(translate("log", COPIED))
