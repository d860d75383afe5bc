"""Runs what is to be done with models, each in a process of its own; one of a kind at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.models.child import COMMAND, PATIENCE_MS, Child, Ended
from app.models.job import Job, Kind, Phase, State
from engine.hub.progress import Done, Failed, Progress, from_line


class Jobs(QObject):
    """Runs the jobs, each in a process of its own; lives on the GUI thread.

    Of each kind one runs at a time, and the others wait for their turn: two downloads share one
    line, and a check loads a whole model.

    Signals:
        changed(Job, State): a job is at another point.
        forgotten(Job): nothing is to be said of it any more.
    """

    changed = Signal(object, object)
    forgotten = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        command: Sequence[str] = COMMAND,
        patience_ms: int = PATIENCE_MS,
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._patience_ms = patience_ms
        self._children: dict[Job, Child] = {}
        self.states: dict[Job, State] = {}

    def start(self, job: Job) -> None:
        """Do it, or do it again; one that waits or runs already is enough."""
        state = self.states.pop(job, None)
        if state is not None and not state.over:
            self.states[job] = state
            return
        running = next((other.name for other in self._children if other.kind is job.kind), "")
        self._change(job, State(phase=Phase.WAITING, before=running))
        self._next(job.kind)

    def stop(self, job: Job) -> None:
        """End it; what was downloaded until now is kept for when it is begun again."""
        state = self.states[job]
        if state.phase is Phase.WAITING:
            self._change(job, State(phase=Phase.STOPPED))
        elif state.phase is Phase.RUNNING:
            self._change(job, replace(state, phase=Phase.STOPPING))
            self._children[job].stop()

    def forget(self, job: Job) -> None:
        """The person has read how it ended."""
        if self.states[job].over:
            del self.states[job]
            self.forgotten.emit(job)

    def forget_done(self) -> None:
        """What has changed the models, and went well, needs no word more; a check's result does."""
        done = [job for job, state in self.states.items() if state.phase is Phase.DONE]
        for job in done:
            if job.kind is not Kind.VERIFY:
                self.forget(job)

    def close(self) -> None:
        """End all that runs, and wait for it."""
        self.blockSignals(True)
        self.states.clear()
        for child in self._children.values():
            child.stop()
        for child in self._children.values():
            child.close()
        self._children.clear()

    def _next(self, kind: Kind) -> None:
        """Begin the first of a kind that waits, unless one runs."""
        if any(job.kind is kind for job in self._children):
            return
        waiting = [
            job
            for job, state in self.states.items()
            if job.kind is kind and state.phase is Phase.WAITING
        ]
        if not waiting:
            return
        job, *others = waiting
        for other in others:
            self._change(other, State(phase=Phase.WAITING, before=job.name))
        child = Child(
            (kind.value, *job.words),
            command=self._command,
            parent=self,
            patience_ms=self._patience_ms,
        )
        self._children[job] = child
        child.said.connect(partial(self._hear, job))
        child.over.connect(partial(self._over, job))
        self._change(job, State(phase=Phase.RUNNING))
        child.start()

    def _hear(self, job: Job, line: bytes) -> None:
        state = self.states[job]
        match from_line(line.decode("utf-8", "replace")):
            case Progress() as step:
                self._change(job, replace(state, step=step))
            case Done() as placed:
                self._change(job, replace(state, placed=placed))
            case Failed(error=error):
                self._change(job, replace(state, error=error))

    def _over(self, job: Job, ended: Ended) -> None:
        self._children.pop(job).deleteLater()
        state = self.states[job]
        if ended.fine:
            self._change(job, replace(state, phase=Phase.DONE))
        elif state.phase is Phase.STOPPING:
            self._change(job, State(phase=Phase.STOPPED))
        else:
            error = state.error or ended.complaint
            self._change(job, replace(state, phase=Phase.FAILED, error=error))
        self._next(job.kind)

    def _change(self, job: Job, state: State) -> None:
        self.states[job] = state
        self.changed.emit(job, state)
