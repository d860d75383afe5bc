"""The part of the models dialog with what can be installed, and the rule about the internet."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.models.job import Job, Kind, installation
from app.models.jobs import Jobs
from app.models.offer_card import OfferCard
from app.models.repository import RepositoryField
from app.models.section import Section
from app.settings.store import SettingsStore
from app.texts import marked, translate
from engine.catalogue import Catalogue, Offer
from engine.inventory import Inventory

_FETCHES = marked(
    "models",
    "Installing downloads a model from the internet, from {host}. Nothing is fetched before you "
    "press Install.",
)
_FORBIDDEN = marked(
    "models",
    "The settings forbid downloads (Ctrl+,). A model's files can be imported all the same.",
)


class Offered(Section[OfferCard]):
    """A card for each model of the catalogue that is not among those that answer; lives on the GUI
    thread.

    Signals:
        removal_wanted(Path, str): the person wants this folder of that model gone.
    """

    removal_wanted = Signal(object, str)

    def __init__(self, store: SettingsStore, jobs: Jobs) -> None:
        super().__init__(translate("models", "More models"))
        self._store = store
        self._jobs = jobs
        self._host = ""
        self.repository = RepositoryField()
        self.repository.wanted.connect(lambda name: jobs.start(installation(name, name)))
        self.add_below(self.repository)
        store.changed.connect(self._show_rule)
        jobs.changed.connect(self._show_jobs)
        jobs.forgotten.connect(self._show_jobs)

    def show_catalogue(self, catalogue: Catalogue, there: Inventory) -> None:
        """Have a card for each that is not among the installed models."""
        have = {model.path for model in there.models}
        self.hold([self._card(offer) for offer in catalogue.models if offer.installed not in have])
        self._host = catalogue.host
        for card in self.cards:
            card.show_room(there, self._store.now.device)
        self._show_rule()
        self._show_jobs()

    def _card(self, offer: Offer) -> OfferCard:
        """The card that is there already, as long as all on it still holds."""
        same = next((card for card in self.cards if card.offer == offer), None)
        if same is not None:
            return same
        made = OfferCard(offer, self._jobs)
        made.removal_wanted.connect(self.removal_wanted)
        return made

    def _show_rule(self) -> None:
        """Whether anything may be fetched, and from where."""
        allowed = self._store.now.downloads == "asked"
        rule = translate("models", _FETCHES if allowed else _FORBIDDEN).format(host=self._host)
        self.say(rule)
        tip = translate("models", "Download it from {host}").format(host=self._host)
        self.repository.allow(allowed, tip if allowed else rule)
        for card in self.cards:
            card.allow(allowed, tip if allowed else rule)

    def _show_jobs(self) -> None:
        """How far each is installed or removed."""
        for card in self.cards:
            states = self._jobs.states
            job = next((job for job in reversed(states) if _about(job, card.offer)), None)
            card.show_job(job, states[job] if job else None)


def _about(job: Job, offer: Offer) -> bool:
    if job.kind is Kind.REMOVE:
        return job.about == str(offer.installed)
    return job.kind is Kind.INSTALL and job.about == offer.name
