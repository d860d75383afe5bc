"""The part of the models dialog with what is installed: whether it fits, and what answers."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.engine_bridge import EngineBridge
from app.models.card import ModelCard
from app.models.job import Job, Kind
from app.models.jobs import Jobs
from app.models.section import Section
from app.settings.store import SettingsStore
from app.texts import translate
from engine.inventory import Inventory, ModelFacts, fit


class Installed(Section[ModelCard]):
    """A card for each model that is there; lives on the GUI thread.

    Signals:
        removal_wanted(Path, str): the person wants this folder of that model gone.
    """

    removal_wanted = Signal(object, str)

    def __init__(self, store: SettingsStore, bridge: EngineBridge, jobs: Jobs) -> None:
        super().__init__(translate("models", "On this computer"))
        self._store = store
        self._bridge = bridge
        self._jobs = jobs
        self._inventory: Inventory | None = None
        store.changed.connect(self._show_models)
        bridge.state_changed.connect(self._show_models)
        jobs.changed.connect(self._show_jobs)
        jobs.forgotten.connect(self._show_jobs)

    def show_inventory(self, inventory: Inventory) -> None:
        """Have a card for each of these, and no others."""
        self._inventory = inventory
        there = {card.facts: card for card in self.cards}
        self.hold([there.get(model) or self._card(model) for model in inventory.models])
        none = translate("models", "No model is installed here.")
        self.say("" if inventory.models else none)
        self._show_models()
        self._show_jobs()

    def _card(self, model: ModelFacts) -> ModelCard:
        card = ModelCard(model, self._jobs)
        card.chosen.connect(self._choose)
        card.removal_wanted.connect(self.removal_wanted)
        return card

    def _choose(self, model: ModelFacts) -> None:
        wanted = None if model.default else model.path
        if self._store.now.model == wanted:
            self._bridge.restart()
        else:
            self._store.change(model=wanted)

    def _show_models(self) -> None:
        """Fits and use, with the settings and the engine as they are now."""
        now = self._store.now
        for card in self.cards:
            model = card.facts
            if self._inventory is not None and not model.error:
                fits = fit(model, self._inventory, context=now.context, device=now.device)
                card.show_fit(fits)
            else:
                card.show_fit(None)
            used = model.default if now.model is None else model.path == now.model
            card.show_use(used=used, state=self._bridge.state)

    def _show_jobs(self) -> None:
        """How far each is checked or removed."""
        for card in self.cards:
            states = self._jobs.states
            # The last that was begun, of several.
            job = next((job for job in reversed(states) if _about(job, card.facts)), None)
            card.show_job(job, states[job] if job else None)


def _about(job: Job, model: ModelFacts) -> bool:
    return job.kind in (Kind.VERIFY, Kind.REMOVE) and job.about == str(model.path)
