"""The settings in force: read at the start, changed by the dialogs, written down at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.settings.file import read_settings, write_settings
from app.settings.schema import SETTINGS, SettingError
from app.texts import translate


class SettingsStore(QObject):
    """Owns the settings; lives on the GUI thread. `problems` are those of the file.

    Signals:
        changed(frozenset[str]): these settings have another value now.
        refused(str): the change holds for now but could not be written down, with one sentence.
    """

    changed = Signal(object)
    refused = Signal(str)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        read = read_settings(path)
        self.now = read.settings
        self.problems = read.problems

    def change(self, **values: Any) -> None:
        """Set these. Raises SettingError for a value that can't be."""
        by_key = {setting.key: setting for setting in SETTINGS}
        checked = {key: by_key[key].checked(value) for key, value in values.items()}
        different = {k: v for k, v in checked.items() if v != getattr(self.now, k)}
        if not different:
            return
        self.now = replace(self.now, **different)
        try:
            write_settings(self.path, self.now)
        except OSError as error:
            broken = translate("settings", "The settings can't be kept in {path}: {reason}.")
            self.refused.emit(broken.format(path=self.path, reason=error.strerror))
        except SettingError as error:
            self.refused.emit(str(error))
        self.changed.emit(frozenset(different))
