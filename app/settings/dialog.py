"""The settings dialog, made from the table: a control for each row."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.settings.editors import Editor, editor_for, meaning
from app.settings.schema import SETTINGS, Setting, SettingError, Settings
from app.settings.store import SettingsStore
from app.sheet import Sheet, button, words
from app.texts import translate

EM = 74


class SettingsDialog(Sheet):
    """Shows the settings in force; what is changed in it holds at once."""

    def __init__(self, store: SettingsStore, parent: QWidget) -> None:
        super().__init__(translate("settings", "Settings"), parent, em=EM)
        self._store = store
        self.editors: dict[str, Editor] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        self.page.addLayout(grid)
        group = ""
        for setting in SETTINGS:
            if setting.row.group != group:
                group = setting.row.group
                title = QLabel(translate("settings", group))
                title.setProperty("kind", "title")
                title.setContentsMargins(0, 10 if self.editors else 0, 0, 2)
                grid.addWidget(title, grid.rowCount(), 0, 1, 2)
            self._add(setting, grid)
        self.page.addStretch(1)
        kept = translate("settings", "These settings are kept in {path}, a file that you can edit.")
        place = words(kept.format(path=store.path), "small")
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.page.addWidget(place)
        self.defaults = button(
            translate("settings", "All as at first"),
            translate("settings", "Give every setting its first value (Ctrl+Del)"),
        )
        self.defaults.setShortcut(QKeySequence("Ctrl+Del"))
        self.defaults.clicked.connect(self._reset)
        self.buttons.insertWidget(0, self.defaults)
        store.changed.connect(self._show)
        store.refused.connect(lambda sentence: self.say(sentence, error=True))
        self._show()
        self.say(" ".join(store.problems), error=True)

    def _add(self, setting: Setting, grid: QGridLayout) -> None:
        editor = editor_for(setting)
        editor.edited.connect(lambda value: self._edited(setting, value))
        self.editors[setting.key] = editor
        label = QLabel(translate("settings", setting.row.label))
        label.setBuddy(editor)
        row = grid.rowCount()
        grid.addWidget(label, row, 0)
        grid.addWidget(editor, row, 1)
        grid.addWidget(words(meaning(setting), "small"), row + 1, 1)
        grid.setRowMinimumHeight(row + 2, 6)

    def _edited(self, setting: Setting, value: Any) -> None:
        self.say("")
        try:
            self._store.change(**{setting.key: value})
        except SettingError as error:
            self.say(str(error), error=True)
            self._show()

    def _reset(self) -> None:
        first = Settings()
        self.say("")
        self._store.change(**{setting.key: getattr(first, setting.key) for setting in SETTINGS})

    def _show(self) -> None:
        for key, editor in self.editors.items():
            editor.show_value(getattr(self._store.now, key))
