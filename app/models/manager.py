"""All about models in one place: the dialog, what is begun in it, and what is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.engine_bridge import EngineBridge
from app.models.child import COMMAND
from app.models.dialog import ModelsDialog
from app.models.dropped import ModelError, brought
from app.models.import_sheet import ImportSheet
from app.models.job import Job, Kind, Phase, State, bundle_import, file_import, removal
from app.models.jobs import Jobs
from app.models.offer import ask_to_remove, bundle_of, offer_model
from app.models.reader import catalogue_reader, inventory_reader
from app.settings.store import SettingsStore
from app.texts import marked, translate

_INSTALLED = marked("models", "The model {name} is installed; Ctrl+M shows all models.")
_FAILED = marked("models", "{name}: {error}")


class ModelManager(QObject):
    """Made when models are first spoken of; lives on the GUI thread. `close` ends what it began.

    Signals:
        said(str, bool): a sentence while the dialog is closed, and whether something went wrong.
    """

    said = Signal(str, bool)

    def __init__(
        self,
        store: SettingsStore,
        bridge: EngineBridge,
        window: QWidget,
        *,
        command: Sequence[str] = COMMAND,
    ) -> None:
        super().__init__(window)
        self._store = store
        self._bridge = bridge
        self._window = window
        self._left: Job | None = None
        self.jobs = Jobs(self, command=command)
        self.dialog = ModelsDialog(
            store,
            bridge,
            window,
            reader=inventory_reader(command),
            offers=catalogue_reader(command),
            jobs=self.jobs,
        )
        self.dialog.brought.connect(self.bring)
        for part in (self.dialog.installed, self.dialog.offered):
            part.removal_wanted.connect(self._ask_to_remove)
        self.jobs.changed.connect(self._changed)
        bridge.state_changed.connect(self._remove_what_was_left)
        store.changed.connect(self._keep_the_rule)

    def bring(self, paths: Sequence[Path]) -> None:
        """Offer the bundle among these, or let the person choose what of the files to import."""
        bundle = next(filter(None, map(bundle_of, paths)), None)
        if bundle is not None:
            keep = partial(self._begin, bundle_import(bundle))
            offer_model(bundle, self._store, self._front, keep=keep)
            return
        try:
            sheet = ImportSheet(brought(paths), self._front)
        except ModelError as error:
            self._say(str(error), wrong=True)
            return
        sheet.chosen.connect(lambda *chosen: self._begin(file_import(*chosen)))
        sheet.open_beside()

    def close(self) -> None:
        """End all that runs; what was downloaded is kept."""
        self.jobs.close()
        self.dialog.stop()

    @property
    def _front(self) -> QWidget:
        """The window that the person looks at."""
        return self.dialog if self.dialog.isVisible() else self._window

    def _begin(self, job: Job) -> None:
        """Do it, where the person can see how far it is."""
        self.jobs.start(job)
        self.dialog.open_beside()

    def _changed(self, job: Job, state: State) -> None:
        """Tell what came of something, and look at what there is now."""
        if state.phase is Phase.FAILED and not self.dialog.isVisible():
            failed = translate("models", _FAILED)
            self._say(failed.format(name=job.name, error=state.error), wrong=True)
        if state.phase is not Phase.DONE or job.kind is Kind.VERIFY:
            return
        said = translate("models", _INSTALLED).format(name=job.name)
        said = "" if job.kind is Kind.REMOVE else said
        if self.dialog.isVisible():
            self.dialog.look_at_what_is_new(said)
        elif said:
            self.said.emit(said, False)
        if job.kind is Kind.IMPORT and state.placed is not None:
            offer_model(state.placed.installed, self._store, self._front)

    def _say(self, sentence: str, *, wrong: bool = False) -> None:
        if self.dialog.isVisible():
            self.dialog.say(sentence, error=wrong)
        else:
            self.said.emit(sentence, wrong)

    def _ask_to_remove(self, folder: Path, name: str) -> None:
        # One that is used because none was chosen is the default, which stays.
        used = self._store.now.model == folder
        remove = partial(self._remove, removal(folder, name), used=used)
        ask_to_remove(name, folder, self.dialog, used=used, remove=remove)

    def _remove(self, job: Job, *, used: bool) -> None:
        if used:
            self._store.change(model=None)
            # Its files are open until the engine tells what it does without it.
            self._left = job
        else:
            self.jobs.start(job)

    def _keep_the_rule(self) -> None:
        """What is being downloaded ends where that is forbidden meanwhile."""
        if self._store.now.downloads == "never":
            for job in [job for job in self.jobs.states if job.kind is Kind.INSTALL]:
                self.jobs.stop(job)

    def _remove_what_was_left(self) -> None:
        job, self._left = self._left, None
        if job is not None:
            self.jobs.start(job)
