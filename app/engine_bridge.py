"""The engine process seen from the window: signals that arrive on the GUI thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from app.engine_state import EngineState, Phase
from app.texts import marked, translate
from engine.errors import EngineLost
from engine.types import AS_IT_SUITS, Answer, Finished, LoadOptions, Message, Request, Sampling

if TYPE_CHECKING:
    from engine.client import ClientEvent, EngineClient

# The log has them as they are.
STARTING = marked("engine", "The engine starts.")
REPLACED = marked("engine", "The engine starts again with what was chosen.")


class EngineBridge(QObject):
    """Owns the client of the engine process; lives on the GUI thread.

    The client calls on a thread of its own; its events cross to the GUI thread through a queued
    signal, in their order. `command` starts the process (None: the program's own). `sampling`
    holds what the person chose over the model's own sampling, by its names. What the process prints
    is added to the file `log`. `state` is the last.

    Signals:
        state_changed(EngineState): the engine loads, is ready or has failed.
        event_arrived(Event | Transcribed): an event of a request, or what a recording says.
    """

    state_changed = Signal(object)
    event_arrived = Signal(object)
    _came = Signal(object)

    def __init__(self, command: Sequence[str] | None = None, *, log: Path | None = None) -> None:
        super().__init__()
        self._log = log
        self._command = command
        self._client: EngineClient | None = None
        self._bundle: Path | None = None
        self._options = AS_IT_SUITS
        self.sampling: Mapping[str, Any] = {}
        self.state = EngineState(Phase.LOADING)
        self._restarted = False
        self._came.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start the engine process; its state follows as signals."""
        # The client is loaded here, after the window was painted.
        from engine.client import EngineClient

        self._change(EngineState(Phase.LOADING, STARTING))
        self._client = EngineClient(self._whole_command(), self._came.emit, log=self._log)
        self._client.start()

    def place(self, bundle: Path | None, options: LoadOptions) -> None:
        """Run this model (None: the bundled one), loaded like this; one that runs is ended."""
        self._bundle, self._options = bundle, options
        if self._client is not None:
            self._change(EngineState(Phase.LOADING, REPLACED))
            self._client.restart(self._whole_command(), why=REPLACED)

    def _whole_command(self) -> list[str]:
        from engine.client import host_arguments, host_command

        return [*(self._command or host_command()), *host_arguments(self._bundle, self._options)]

    def restart(self) -> None:
        """Start a new engine process in the place of the one that failed."""
        if self._client is not None:
            self._restarted = True
            self._change(EngineState(Phase.LOADING, STARTING, restarted=True))
            self._client.restart(why=STARTING)

    def close(self) -> None:
        """End the engine process."""
        if self._client is not None:
            self._client.close()

    def answer(self, request: Request) -> None:
        """Ask; a request that can't be sent ends at once like one that failed."""
        try:
            if self._client is None:
                raise EngineLost(translate("engine", "The engine was not started."))
            self._client.ask(self._sampled(request))
        except EngineLost as error:
            answer = Answer("", "", finish="error", error=str(error))
            self.event_arrived.emit(Finished(request.id, answer))

    def transcribe(self, name: str, path: Path) -> None:
        """Have a recording written down; `event_arrived` brings what was heard, by the name."""
        from engine.protocol import Transcribed

        try:
            if self._client is None:
                raise EngineLost(translate("engine", "The engine was not started."))
            self._client.transcribe(name, path)
        except EngineLost as error:
            self.event_arrived.emit(Transcribed(name, "", str(error)))

    def prepare(self, told: tuple[Message, ...]) -> None:
        """Have the engine look at what a coming question will need."""
        if self._client is not None:
            self._client.prepare(told)

    def cancel(self, request_id: str) -> None:
        """Stop a request."""
        if self._client is not None:
            self._client.cancel(request_id)

    def sampling_of(self, task: str) -> Sampling:
        """How a task's answers are sampled: as the model has it, with what the person chose."""
        info = self.state.info
        own = info.sampling.get(task) if info else None
        return replace(own or Sampling(), **self.sampling)

    def _take(self, event: ClientEvent) -> None:
        from app.engine_link import state_of

        state = state_of(event, restarted=self._restarted)
        if state is None:
            self.event_arrived.emit(event)
        else:
            self._restarted = state.restarted
            self._change(state)

    def _change(self, state: EngineState) -> None:
        self.state = state
        self.state_changed.emit(state)

    def _sampled(self, request: Request) -> Request:
        """The request with what the person chose, where it does not say how to be sampled."""
        if request.sampling is not None or not self.sampling or self.state.info is None:
            return request
        return replace(request, sampling=self.sampling_of(request.messages[-1].task))
