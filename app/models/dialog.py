"""The models dialog: what is installed, what could be, and which one answers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.engine_bridge import EngineBridge
from app.incoming import local_files
from app.models.dropped import SUFFIX
from app.models.installed import Installed
from app.models.jobs import Jobs
from app.models.offer import MANIFEST
from app.models.offered import Offered
from app.models.reader import Reader
from app.models.work import Work
from app.settings.store import SettingsStore
from app.sheet import Sheet, button
from app.texts import marked, translate
from engine.catalogue import Catalogue
from engine.inventory import Inventory

LOOKING = marked("models", "Looking at the models of this machine…")
EM = 92


class ModelsDialog(Sheet):
    """Lists the models with what each would take; lives on the GUI thread. It looks again each time
    it is opened, since memory comes and goes. What is begun in it goes on when it is closed.

    Signals:
        brought(list[Path]): these files or folders are to be imported.
    """

    brought = Signal(object)

    def __init__(
        self,
        store: SettingsStore,
        bridge: EngineBridge,
        parent: QWidget,
        *,
        reader: Reader,
        offers: Reader,
        jobs: Jobs,
    ) -> None:
        super().__init__(translate("models", "Models"), parent, em=EM)
        self._jobs = jobs
        self._readers = (reader, offers)
        self._then, self._wrong = "", False
        self._inventory: Inventory | None = None
        self._catalogue: Catalogue | None = None
        self.work = Work(store, jobs)
        self.installed = Installed(store, bridge, jobs)
        self.offered = Offered(store, jobs)
        for part in (self.work, self.installed, self.offered):
            self.page.addWidget(part)
        self.page.addStretch(1)
        self._add_buttons()
        self.setAcceptDrops(True)
        reader.found.connect(self._found)
        offers.found.connect(self._found_offers)
        for asked in self._readers:
            asked.setParent(self)
            asked.failed.connect(self._not_found)

    def open_beside(self) -> None:
        super().open_beside()
        self.look()

    def look(self) -> None:
        """Look again what is there."""
        self._then, self._wrong = "", False
        self.say(translate("models", LOOKING))
        for reader in self._readers:
            reader.ask()

    def look_at_what_is_new(self, sentence: str) -> None:
        """Look again; the sentence is said once all is known."""
        self.look()
        self._then = sentence

    def stop(self) -> None:
        """Nobody looks any more."""
        for reader in self._readers:
            reader.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.brought.emit(local_files(event.mimeData()))

    def _add_buttons(self) -> None:
        again = button(
            translate("models", "Look again"), translate("models", "Look again what is there (F5)")
        )
        again.setShortcut("F5")
        again.clicked.connect(self.look)
        bring = button(
            translate("models", "Import…"),
            translate("models", "Import a model from this computer (Ctrl+O)"),
        )
        bring.setShortcut("Ctrl+O")
        bring.clicked.connect(self._choose_files)
        self.buttons.insertWidget(0, again)
        self.buttons.insertWidget(1, bring)

    def _choose_files(self) -> None:
        kinds = translate("models", "Models ({kinds})").format(kinds=f"*{SUFFIX} {MANIFEST}")
        title = translate("models", "Import a model")
        names, _ = QFileDialog.getOpenFileNames(self, title, "", kinds)
        if names:
            self.brought.emit([Path(name) for name in names])

    def _found(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self.installed.show_inventory(inventory)
        self._show_offers()

    def _found_offers(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.work.leave_out({offer.name for offer in catalogue.models})
        self._show_offers()

    def _not_found(self, sentence: str) -> None:
        self._then, self._wrong = sentence, True
        self._settle()

    def _show_offers(self) -> None:
        """Once it is known what there is, show what else there could be."""
        if self._catalogue is not None and self._inventory is not None:
            self.offered.show_catalogue(self._catalogue, self._inventory)
        self._settle()
        QTimer.singleShot(0, self, self.fit)

    def _settle(self) -> None:
        """Where all is known that was asked for: what was done is seen by what is there now."""
        if not any(reader.busy for reader in self._readers):
            self.say(self._then, error=self._wrong)
            self._jobs.forget_done()
