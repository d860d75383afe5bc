"""Questions about a model: whether to use one that was brought, whether to remove one."""

from __future__ import annotations

from collections.abc import Callable
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


def offer_model(
    folder: Path,
    store: SettingsStore,
    window: QWidget,
    *,
    keep: Callable[[], None] | None = None,
) -> QMessageBox:
    """Ask whether this model should answer from now on; the window stays usable meanwhile.
    Gives the question.

    Whether it can be used at all, the engine says when it loads it. `keep` puts it among the
    installed ones instead, where it is not there yet.
    """
    box = _question(window, translate("models", "Use this model"))
    box.setText(translate("models", "Use the model {name} from now on?").format(name=folder.name))
    told = translate(
        "models", "It is in {folder}. The engine is started again with it; Ctrl+M changes back."
    ).format(folder=folder)
    use = box.addButton(translate("models", "Use it"), QMessageBox.ButtonRole.AcceptRole)
    if keep is not None:
        told += "\n" + translate(
            "models", "Import puts it among your models first, whole and checked."
        )
        bring = box.addButton(translate("models", "Import"), QMessageBox.ButtonRole.ActionRole)
        bring.clicked.connect(keep)
    box.setInformativeText(told)
    box.setDefaultButton(use)
    box.setEscapeButton(box.addButton(QMessageBox.StandardButton.Cancel))
    use.clicked.connect(lambda: store.change(model=folder))
    return _shown(box)


def ask_to_remove(
    name: str, folder: Path, window: QWidget, *, used: bool, remove: Callable[[], None]
) -> QMessageBox:
    """Ask whether a model should be deleted; `used` where it is the one that answers. Gives the
    question."""
    box = _question(window, translate("models", "Remove a model"))
    box.setText(translate("models", "Remove the model {name}?").format(name=name))
    told = translate("models", "The folder {folder} is deleted. This can't be undone.")
    told = told.format(folder=folder)
    if used:
        told += "\n" + translate(
            "models",
            "It is the one that answers now: the bundled model takes its place, and the engine is "
            "started again with that.",
        )
    box.setInformativeText(told)
    yes = box.addButton(translate("models", "Remove"), QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    yes.clicked.connect(remove)
    return _shown(box)


def _question(window: QWidget, title: str) -> QMessageBox:
    """A question beside the window, which stays usable."""
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setModal(False)
    return box


def _shown(box: QMessageBox) -> QMessageBox:
    """The question with its buttons as they are elsewhere, shown."""
    for control in box.buttons():
        control.setProperty("kind", "outline")
        control.style().polish(control)
    box.show()
    return box
