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
from app.sheet import button, words
from app.texts import marked, translate
from app.wording import chip_label
from engine.inventory import Fit, ModelFacts, Verdict, amount

_BADGES = {
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
    """

    chosen = Signal(object)

    def __init__(self, facts: ModelFacts) -> None:
        super().__init__()
        self.facts = facts
        self.setProperty("kind", "model")
        self.setAccessibleName(facts.name)
        self.badge = QLabel()
        self.badge.setProperty("kind", "badge")
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
        self._add_quality()

    def show_fit(self, fit: Fit | None) -> None:
        """The badge and what the model would take; None where it can't be read."""
        text, tone = _BADGES[fit.verdict] if fit else _BROKEN
        self.badge.setText(translate("models", text))
        self.badge.setProperty("tone", tone)
        self.badge.style().polish(self.badge)
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

    def _add_quality(self) -> None:
        if not self.facts.measured:
            return
        more = QPushButton(translate("models", "Measured quality"))
        more.setProperty("kind", "chip")
        more.setAutoDefault(False)
        more.setCheckable(True)
        named = translate("models", "Measured quality of {name}").format(name=self.facts.name)
        more.setAccessibleName(named)
        table = _quality(self.facts)
        table.hide()
        more.toggled.connect(table.setVisible)
        row = QHBoxLayout()
        row.addWidget(more)
        row.addStretch(1)
        self._column.addLayout(row)
        self._column.addWidget(table)


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
