"""The part of the models dialog with what is done about models that have no card yet."""

from __future__ import annotations

from collections.abc import Collection

from app.models.job import Kind
from app.models.job_card import JobCard
from app.models.jobs import Jobs
from app.models.section import Section
from app.settings.store import SettingsStore
from app.texts import translate


class Work(Section[JobCard]):
    """A card for each import, and for each installation that is not the catalogue's; lives on the
    GUI thread."""

    def __init__(self, store: SettingsStore, jobs: Jobs) -> None:
        super().__init__(translate("models", "In progress"))
        self._store = store
        self._jobs = jobs
        self._names: Collection[str] = ()
        store.changed.connect(self.show_jobs)
        jobs.changed.connect(self.show_jobs)
        jobs.forgotten.connect(self.show_jobs)
        self.show_jobs()

    def leave_out(self, names: Collection[str]) -> None:
        """These are the catalogue's, which shows them itself."""
        self._names = names
        self.show_jobs()

    def show_jobs(self) -> None:
        """Have a card for each that is to be shown here."""
        cards = {card.job: card for card in self.cards}
        self.hold(
            [
                cards.get(job) or JobCard(job, self._jobs)
                for job in self._jobs.states
                if job.kind is Kind.IMPORT
                or (job.kind is Kind.INSTALL and job.about not in self._names)
            ]
        )
        for card in self.cards:
            allowed = card.job.kind is Kind.IMPORT or self._store.now.downloads == "asked"
            card.progress.retry.setEnabled(allowed)
            card.progress.show_job(card.job, self._jobs.states[card.job])
