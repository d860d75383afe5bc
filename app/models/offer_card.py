"""One model of the catalogue: what it is for, what it takes, and the button that installs it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.models.card import BADGES, badge, chip, show_badge
from app.models.fitting import room_in_words, verdict_on
from app.models.job import Job, State, installation
from app.models.job_view import JobView
from app.models.jobs import Jobs
from app.sheet import button, words
from app.texts import marked, translate
from engine.catalogue import Offer
from engine.inventory import Inventory
from engine.types import Device

# The catalogue has its sentences in several languages.
LANGUAGE = marked("models", "en", "the language of the window: en or zh")
_INSTALLED = (marked("models", "Installed"), "good")
_SENSES = {
    "pictures": marked("models", "sees"),
    "speech": marked("models", "hears"),
}
_POINTS = marked("models", "points")
_MANY = marked("models", "many languages")
_MULTILINGUAL = "multilingual"


class OfferCard(QFrame):
    """Shows one model that can be installed; lives on the GUI thread. `job` is its installation.

    Signals:
        removal_wanted(Path, str): the person wants this folder of the model gone.
    """

    removal_wanted = Signal(object, str)

    def __init__(self, offer: Offer, jobs: Jobs) -> None:
        super().__init__()
        self.offer = offer
        title = offer.entry.title
        self.job = installation(offer.name, title)
        self.setProperty("kind", "model")
        self.setAccessibleName(title)
        self.badge = badge()
        self.install = button(translate("models", "Install"), "")
        named = translate("models", "Install {name}").format(name=title)
        self.install.setAccessibleName(named)
        self.install.clicked.connect(lambda: jobs.start(self.job))
        self.progress = JobView(jobs)
        name = QLabel(title)
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setProperty("kind", "title")
        head = QHBoxLayout()
        head.addWidget(name)
        head.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        head.addWidget(self.install)
        self.room = words("", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.addLayout(head)
        column.addWidget(words(_purpose(offer)))
        column.addWidget(self.room)
        column.addWidget(words(_about(offer), "muted"))
        if offer.installed is not None:
            column.addLayout(self._removal(offer.installed))
        column.addWidget(self.progress)

    def show_room(self, there: Inventory | None, device: Device) -> None:
        """Whether it would fit the memory that is free; nothing as long as that is not known."""
        self.badge.setVisible(there is not None or self.offer.installed is not None)
        if self.offer.installed is not None:
            show_badge(self.badge, _INSTALLED)
        elif there is not None:
            show_badge(self.badge, BADGES[verdict_on(self.offer.memory, there, device)])
        self.room.setText(room_in_words(self.offer, there, device))

    def allow(self, allowed: bool, tip: str) -> None:
        """Whether the program may fetch it; `tip` says where from, or why not."""
        self.install.setEnabled(allowed)
        self.install.setToolTip(tip)
        self.progress.retry.setEnabled(allowed)

    def show_job(self, job: Job | None, state: State | None) -> None:
        """How far its installation or removal is; None where nobody has asked for either."""
        focus = QApplication.focusWidget()
        held = focus is not None and self.isAncestorOf(focus)
        self.progress.show_job(job, state)
        self.install.setVisible(state is None and self.offer.installed is None)
        if held and focus is not None and not focus.isVisible():
            (self.install.setFocus if job is None else self.progress.take_focus)()

    def _removal(self, folder: Path) -> QHBoxLayout:
        """The button for one that is there, but not among the models that answer: a Whisper."""
        title = self.offer.entry.title
        remove = chip(
            translate("models", "Remove…"), translate("models", "Remove {name}").format(name=title)
        )
        remove.clicked.connect(lambda: self.removal_wanted.emit(folder, title))
        row = QHBoxLayout()
        row.addWidget(remove)
        row.addStretch(1)
        return row


def _purpose(offer: Offer) -> str:
    said = offer.entry.purpose
    return said.get(translate("models", LANGUAGE), said["en"])


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _about(offer: Offer) -> str:
    entry = offer.entry
    can = [translate("models", _SENSES[sense]) for sense in entry.senses]
    if entry.points:
        can.append(translate("models", _POINTS))
    comma = translate("models", ", ")
    languages = [
        translate("models", _MANY) if code == _MULTILINGUAL else code for code in entry.languages
    ]
    licence = translate("models", "Licence: {licence}").format(licence=entry.licence)
    return " · ".join((_capital(comma.join(can)), comma.join(languages), licence))
