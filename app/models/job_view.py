"""How far something that is done with a model is: a bar, a sentence, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.models.job import Job, Kind, Phase, State
from app.models.jobs import Jobs
from app.models.steps import step_in_words
from app.sheet import button, words
from app.texts import marked, translate
from engine.hub.progress import Progress

_BEGINS = {
    Kind.INSTALL: marked("models", "The installation begins…"),
    Kind.IMPORT: marked("models", "The import begins…"),
    Kind.VERIFY: marked("models", "Every byte is checked, then the model is loaded once…"),
    Kind.REMOVE: marked("models", "It is being removed…"),
}
_DONE = {
    Kind.INSTALL: marked("models", "It is installed."),
    Kind.IMPORT: marked("models", "It is imported."),
    Kind.VERIFY: marked("models", "It is whole: every byte is as it was made, and it loads."),
    Kind.REMOVE: marked("models", "It is removed."),
}
_STOPPED = {
    Kind.INSTALL: marked("models", "Stopped; what was downloaded is kept, and it goes on there."),
    Kind.IMPORT: marked("models", "Stopped; nothing was imported."),
    Kind.VERIFY: marked("models", "Stopped; it was not checked to the end."),
    Kind.REMOVE: marked("models", "Stopped; a part of it may be left."),
}
_WAITING = marked("models", "Waits until {name} is done.")
_STOPPING = marked("models", "It stops…")
_STEPS = 1000  # of the bar


class JobView(QWidget):
    """Shows one job and does with it what the person wants; hidden while there is none. Lives on
    the GUI thread."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self._job: Job | None = None
        self.bar = QProgressBar()
        self.sentence = words("")
        self.stop = button(translate("models", "Cancel"), translate("models", "End this"))
        again = translate("models", "Begin it once more; what is there already is used")
        self.retry = button(translate("models", "Try again"), again)
        away = translate("models", "Take this line away")
        self.close_it = button(translate("models", "Dismiss"), away)
        for control, act in (
            (self.stop, jobs.stop),
            (self.retry, jobs.start),
            (self.close_it, jobs.forget),
        ):
            control.clicked.connect(lambda _=False, act=act: self._act(act))
        row = QHBoxLayout()
        row.addWidget(self.sentence, 1)
        for control in (self.stop, self.retry, self.close_it):
            row.addWidget(control)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self.bar)
        column.addLayout(row)
        self.hide()

    def show_job(self, job: Job | None, state: State | None) -> None:
        """The job as it is now; None where there is none."""
        self._job = job
        focus = QApplication.focusWidget()
        held = focus is not None and self.isAncestorOf(focus)
        self.setVisible(job is not None)
        if job is None or state is None:
            return
        self._name(job, state)
        self.bar.setVisible(state.phase in (Phase.RUNNING, Phase.STOPPING))
        self._fill(state.step)
        self.stop.setVisible(not state.over)
        self.retry.setVisible(state.phase in (Phase.FAILED, Phase.STOPPED))
        self.close_it.setVisible(state.over)
        failed = state.phase is Phase.FAILED
        self.sentence.setProperty("kind", "error" if failed else "muted")
        self.sentence.style().polish(self.sentence)
        self.sentence.setText(_sentence(job, state))
        self.bar.setAccessibleDescription(self.sentence.text())
        if held and focus is not None and focus.isHidden():
            self.take_focus()

    def take_focus(self) -> None:
        """The keys go to what can be done now, in the place of a control that is gone."""
        controls = (self.stop, self.retry, self.close_it)
        next(control for control in controls if not control.isHidden()).setFocus()

    def _act(self, act: Callable[[Job], None]) -> None:
        if self._job is not None:
            act(self._job)

    def _fill(self, step: Progress | None) -> None:
        """The bar; one that moves to and fro where nobody knows how much it will be."""
        if step is None or not step.total:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, _STEPS)
            self.bar.setValue(round(_STEPS * min(step.done / step.total, 1)))

    def _name(self, job: Job, state: State) -> None:
        """What the controls are called, to see and to hear."""
        resumes = state.phase is Phase.STOPPED and job.kind is Kind.INSTALL
        again = translate("models", "Go on") if resumes else translate("models", "Try again")
        self.retry.setText(again)
        named = translate("models", "{act}: {name}")
        for control in (self.stop, self.retry, self.close_it):
            control.setAccessibleName(named.format(act=control.text(), name=job.name))
        self.bar.setAccessibleName(translate("models", "Progress: {name}").format(name=job.name))


def _sentence(job: Job, state: State) -> str:
    match state.phase:
        case Phase.WAITING:
            return translate("models", _WAITING).format(name=state.before)
        case Phase.RUNNING if state.step is not None:
            return step_in_words(state.step)
        case Phase.RUNNING:
            return translate("models", _BEGINS[job.kind])
        case Phase.STOPPING:
            return translate("models", _STOPPING)
        case Phase.DONE:
            return translate("models", _DONE[job.kind])
        case Phase.FAILED:
            return state.error
        case Phase.STOPPED:
            return translate("models", _STOPPED[job.kind])
