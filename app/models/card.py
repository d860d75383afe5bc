"""One installed model: what it is, whether it fits, how good it is, and the button that uses it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.engine_state import EngineState, Phase
from app.models.fitting import fit_in_words
from app.models.job import Job, State, check
from app.models.job_view import JobView
from app.models.jobs import Jobs
from app.sheet import button, words
from app.texts import marked, translate
from app.wording import chip_label
from engine.inventory import Fit, ModelFacts, Verdict, amount

BADGES = {
    Verdict.FITS: (marked("models", "Fits"), "good"),
    Verdict.SHORTER: (marked("models", "Fits with less context"), "busy"),
    Verdict.TOO_LARGE: (marked("models", "Too large"), "danger"),
    Verdict.UNKNOWN: (marked("models", "Memory not known"), "busy"),
}
_BROKEN = (marked("models", "Can't be used"), "danger")


class ModelCard(QFrame):
    """Shows one model; lives on the GUI thread.

    Signals:
        chosen(ModelFacts): the person wants this one.
        removal_wanted(Path, str): the person wants this folder of the model gone.
    """

    chosen = Signal(object)
    removal_wanted = Signal(object, str)

    def __init__(self, facts: ModelFacts, jobs: Jobs) -> None:
        super().__init__()
        self.facts = facts
        self._jobs = jobs
        self.setProperty("kind", "model")
        self.setAccessibleName(facts.name)
        self.badge = badge()
        tip = translate("models", "Let {name} answer from now on").format(name=facts.name)
        self.use = button(translate("models", "Use"), tip)
        self.use.setAccessibleName(translate("models", "Use {name}").format(name=facts.name))
        self.use.clicked.connect(lambda: self.chosen.emit(facts))
        self.progress = QProgressBar()
        loading = translate("models", "Loading {name}").format(name=facts.name)
        self.progress.setAccessibleName(loading)
        self.progress.setRange(0, 100)
        self.progress.hide()
        self.memory = words("", "muted")
        name = QLabel()
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setText(facts.name)
        name.setProperty("kind", "title")
        head = QHBoxLayout()
        head.addWidget(name)
        head.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        head.addWidget(self.use)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 12, 14, 12)
        self._column.addLayout(head)
        self._column.addWidget(words(facts.error or _about(facts), "error" if facts.error else ""))
        self._column.addWidget(self.memory)
        self._column.addWidget(self.progress)
        self.table = _quality(facts)
        self.table.hide()
        self._column.addLayout(self._actions())
        self._column.addWidget(self.table)
        self.work = JobView(jobs)
        self._column.addWidget(self.work)

    def show_fit(self, fit: Fit | None) -> None:
        """The badge and what the model would take; None where it can't be read."""
        show_badge(self.badge, BADGES[fit.verdict] if fit else _BROKEN)
        self.memory.setText(fit_in_words(self.facts, fit) if fit else "")
        self.memory.setVisible(fit is not None)

    def show_use(self, *, used: bool, state: EngineState) -> None:
        """Whether it is the one that was chosen, and how far it is loaded."""
        loading = used and state.phase is Phase.LOADING
        failed = used and state.phase is Phase.FAILED
        self.progress.setVisible(loading)
        self.progress.setValue(round(100 * (state.done or 0)))
        self.use.setEnabled(not self.facts.error and (not used or failed))
        if loading:
            text = translate("models", "Loading…")
        elif failed:
            text = translate("models", "Try again")
        else:
            text = translate("models", "In use") if used else translate("models", "Use")
        self.use.setText(text)

    def show_job(self, job: Job | None, state: State | None) -> None:
        """How far it is checked or removed; None where neither was asked for."""
        free = state is None or state.over
        for control in (self.check, self.remove):
            control.setEnabled(free)
        self.work.show_job(job, state)

    def _actions(self) -> QHBoxLayout:
        """What else can be done with it, in a row."""
        facts, name = self.facts, self.facts.name
        quality, self.check, self.remove = (
            chip(text, named.format(name=name))
            for text, named in (
                (
                    translate("models", "Measured quality"),
                    translate("models", "Measured quality of {name}"),
                ),
                (translate("models", "Verify"), translate("models", "Verify {name}")),
                (translate("models", "Remove…"), translate("models", "Remove {name}")),
            )
        )
        quality.setCheckable(True)
        quality.toggled.connect(self.table.setVisible)
        self.check.setToolTip(translate("models", "Check every byte of it, and load it once"))
        self.check.clicked.connect(lambda: self._jobs.start(check(self.facts)))
        self.remove.setToolTip(translate("models", "Delete it from this computer"))
        self.remove.clicked.connect(lambda: self.removal_wanted.emit(facts.path, name))
        row = QHBoxLayout()
        for control, there in (
            (quality, bool(self.facts.measured)),
            (self.check, not self.facts.error),
            # The one that came with the program stays.
            (self.remove, not self.facts.default),
        ):
            row.addWidget(control)
            if not there:
                control.hide()
        row.addStretch(1)
        return row


def badge() -> QLabel:
    """A label for a verdict, beside a model's name."""
    made = QLabel()
    made.setProperty("kind", "badge")
    return made


def show_badge(label: QLabel, verdict: tuple[str, str]) -> None:
    """Let a badge say these words, in that tone."""
    text, tone = verdict
    label.setText(translate("models", text))
    label.setProperty("tone", tone)
    label.style().polish(label)


def chip(text: str, named: str) -> QPushButton:
    """A small button, with the name that is heard."""
    made = QPushButton(text)
    made.setProperty("kind", "chip")
    made.setAutoDefault(False)
    made.setAccessibleName(named)
    return made


def _about(facts: ModelFacts) -> str:
    version = translate("models", "Version {version}").format(version=facts.version)
    head = [version, amount(facts.size), ", ".join(facts.languages)]
    if facts.default:
        head.append(translate("models", "the default"))
    tasks = translate("models", ", ").join(chip_label(task) for task in facts.tasks)
    tasks = translate("models", "Tasks: {tasks}").format(tasks=tasks)
    licence = translate("models", "Licence: {licence}").format(licence=facts.licence)
    return "\n".join((" · ".join(head), tasks, licence))


def _quality(facts: ModelFacts) -> QWidget:
    """The figures of its evaluation, a row each."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(0, 1)
    for number, row in enumerate(facts.measured):
        value = f"{row.value:g}" if float(row.value).is_integer() else f"{row.value:.2f}"
        named = f"{row.name}, {row.pictures} ({row.n})"
        for column, text in enumerate((named, row.figure, value)):
            grid.addWidget(words(text, "small"), number, column)
    return table
