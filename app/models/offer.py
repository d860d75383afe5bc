"""A model's folder that is opened like a picture: the person is asked whether to use it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.settings.store import SettingsStore
from app.texts import translate

MANIFEST = "bundle.json"


def bundle_of(path: Path) -> Path | None:
    """The folder of the bundle that this is, by itself or its manifest; None for anything else."""
    folder = path.parent if path.name == MANIFEST else path
    return folder if (folder / MANIFEST).is_file() else None


def offer_model(folder: Path, store: SettingsStore, window: QWidget) -> None:
    """Ask whether this model should answer from now on; the window stays usable meanwhile.

    Whether it can be used at all, the engine says when it loads it.
    """
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(translate("models", "Use this model"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(translate("models", "Use the model {name} from now on?").format(name=folder.name))
    box.setInformativeText(
        translate(
            "models",
            "It is in {folder}. The engine is started again with it; Ctrl+M changes back.",
        ).format(folder=folder)
    )
    use = box.addButton(translate("models", "Use it"), QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(use)
    box.setEscapeButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.accepted.connect(lambda: store.change(model=folder))
    box.setModal(False)
    box.show()
