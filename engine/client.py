"""The caller's side of the engine process: starts it, talks to it, survives its end.

No framework, no torch, no llama.cpp: the window wraps this class in a QObject. One thread of its
own starts each process, reads what it says and sees it end (the kernel ends the process with that
very thread, so it lives as long).
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from engine.errors import EngineLost
from engine.program import own_command
from engine.protocol import (
    AnswerThis,
    CancelRequest,
    CloseEngine,
    Command,
    Failed,
    HostEvent,
    Loading,
    PrepareFor,
    ProtocolError,
    Ready,
    Transcribed,
    TranscribeThis,
    read_event,
    write_line,
)
from engine.types import (
    AS_IT_SUITS,
    Answer,
    BoxFound,
    Finished,
    GroundedBox,
    LoadOptions,
    Message,
    Request,
    TextDelta,
)

PATIENCE_S = 2.0  # how long an engine may take to obey before it is killed
CRASHES = 3  # after so many in a row, a person has to start the engine


@dataclass(frozen=True, slots=True)
class Lost:
    """The engine process ended by itself or was killed; `restarting` where a new one is started."""

    error: str
    restarting: bool


ClientEvent = HostEvent | Lost


def host_command(bundle: Path | None = None, options: LoadOptions = AS_IT_SUITS) -> list[str]:
    """The command of an engine process for the bundle (None: the bundled model)."""
    return [*own_command("engine.host"), *host_arguments(bundle, options)]


def host_arguments(bundle: Path | None, options: LoadOptions) -> list[str]:
    """What is added to the command of an engine process for this bundle, loaded like this."""
    arguments: list[str] = []
    for name, value in (
        ("--bundle", bundle),
        ("--device", None if options.device == "auto" else options.device),
        ("--threads", options.threads),
        ("--context", options.context),
        ("--whisper", options.whisper),
    ):
        if value is not None:
            arguments += [name, str(value)]
    return arguments


@dataclass(slots=True)
class _Open:
    """A request without its `Finished`, and what came of its answer."""

    patience: threading.Timer | None = None  # running from the moment it was cancelled
    text: list[str] = field(default_factory=list)
    boxes: list[GroundedBox] = field(default_factory=list)

    def note(self, event: HostEvent) -> None:
        if isinstance(event, TextDelta):
            self.text.append(event.text)
        elif isinstance(event, BoxFound):
            self.boxes.append(event.box)

    def end(self, error: str) -> Answer:
        """What is left of the answer when the process has gone."""
        text = "".join(self.text)
        if self.patience is not None:
            self.patience.cancel()
            return Answer(text, text, tuple(self.boxes), finish="cancelled")
        return Answer(text, text, tuple(self.boxes), finish="error", error=error)


class EngineClient:
    """One engine process after the other, from `start` to `close`.

    `on_event` is called on the client's own thread, one event at a time, with what the process
    says and with `Lost` when it goes. Every request gets exactly one `Finished`; after `cancel` it
    is all that is passed on of it, and where the process went it has finish "error" (or
    "cancelled") and what had arrived until then. Every transcription gets exactly one
    `Transcribed`. An engine that was ready and goes is started
    again, unless it went `CRASHES` times in a row without answering; one that never got ready is
    not. What the process prints on its standard error is added to the file `log`, if there is one.
    """

    def __init__(
        self,
        command: Sequence[str],
        on_event: Callable[[ClientEvent], None],
        *,
        patience_s: float = PATIENCE_S,
        log: Path | None = None,
    ) -> None:
        self._command = list(command)
        self._log = log
        self._on_event = on_event
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._open: dict[str, _Open] = {}
        self._listening: set[str] = set()  # transcriptions that were asked for
        self._unsent: list[Command] = []  # said while there was no process yet
        self._reason: str | None = None  # why we ended the process ourselves
        self._failed: str | None = None  # why it could not be loaded
        self._ready = False
        self._crashes = 0
        self._again = False
        self._closed = False

    def start(self) -> None:
        """Starts the engine process, unless one runs or is about to."""
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._supervise, name="engine", daemon=True)
                self._thread.start()

    def restart(
        self, command: Sequence[str] | None = None, *, why: str = "The engine was started again."
    ) -> None:
        """Ends the engine process, if there is one, and starts a new one.

        By another command, where one is given; `why` is the sentence that the person reads.
        """
        with self._lock:
            if command is not None:
                self._command = list(command)
            self._crashes = 0
            if self._thread is not None:
                self._end_process(why)
        self.start()

    def ask(self, request: Request) -> None:
        """Sends the request; the engine may still be loading. Raises EngineLost if none is."""
        with self._lock:
            if self._thread is None or self._closed:
                raise EngineLost("The engine is not running; start it again.")
            self._open[request.id] = _Open()
            self._say(AnswerThis(request))

    def prepare(self, messages: Sequence[Message]) -> None:
        """Has the engine compute ahead what a coming question will need, when it is idle."""
        with self._lock:
            if self._thread is not None and not self._closed:
                self._say(PrepareFor(tuple(messages)))

    def transcribe(self, name: str, path: Path) -> None:
        """Has the recording written down; `Transcribed` says what was heard, by the name.

        Raises EngineLost if there is no engine.
        """
        with self._lock:
            if self._thread is None or self._closed:
                raise EngineLost("The engine is not running; start it again.")
            self._listening.add(name)
            self._say(TranscribeThis(name, path))

    def cancel(self, request_id: str) -> None:
        """Stops a request; an engine that does not obey in time is killed and started again."""
        with self._lock:
            request = self._open.get(request_id)
            if request is None or request.patience is not None:
                return
            request.patience = threading.Timer(
                self._patience_s, self._lose_patience, [request_id, request]
            )
            request.patience.daemon = True
            request.patience.start()
            self._say(CancelRequest(request_id))

    def close(self) -> None:
        """Ends the engine process and waits for that; no event comes afterwards."""
        with self._lock:
            self._closed = True
            self._say(CloseEngine())
            process, thread = self._process, self._thread
        if process is not None:
            try:
                process.wait(self._patience_s)
            except subprocess.TimeoutExpired:
                process.kill()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _supervise(self) -> None:
        """The client's thread: one process after the other, until none is wanted any more."""
        while True:
            again = self._run_process()
            with self._lock:
                again = (again or self._again) and not self._closed
                self._again = False
                stranded, unheard = ({}, set()) if again else (self._open, self._listening)
                if not again:
                    self._thread, self._unsent = None, []
                    self._open, self._listening = {}, set()
            self._finish(stranded, unheard, "The engine is not running; start it again.")
            if not again:
                return

    def _run_process(self) -> bool:
        """From a process's start to its end; whether another should follow."""
        try:
            process = self._spawn()
        except OSError as error:
            self._tell(Failed(f"The engine {self._command[0]} can't be started: {error.strerror}."))
            return False
        if process is None:
            return False
        for line in process.stdout or ():
            try:
                self._hear(read_event(line))
            except ProtocolError as error:
                print(error, file=sys.stderr)
        return self._bury(process)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closed:
                return None
            with ExitStack() as opened:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._open_log(opened),
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            self._ready, self._reason, self._failed = False, None, None
            unsent, self._unsent = self._unsent, []
            for command in unsent:
                self._say(command)
            return self._process

    def _open_log(self, opened: ExitStack) -> BinaryIO | None:
        """The log; None, which is our own standard error, without one that can be written."""
        with suppress(OSError):
            return opened.enter_context(self._log.open("ab")) if self._log else None
        return None

    def _hear(self, event: HostEvent) -> None:
        with self._lock:
            if isinstance(event, Ready):
                self._ready = True
            elif isinstance(event, Failed):
                self._failed = event.error
            elif isinstance(event, Transcribed):
                if event.id not in self._listening:
                    return
                self._listening.remove(event.id)
            elif not isinstance(event, Loading):
                request = self._open.get(event.id)
                if request is None:
                    return
                if isinstance(event, Finished):
                    self._crashes = 0
                    del self._open[event.id]
                    if request.patience is not None:
                        request.patience.cancel()
                elif request.patience is not None:
                    return
                request.note(event)
        self._tell(event)

    def _bury(self, process: subprocess.Popen[bytes]) -> bool:
        """What follows from the end of a process: the answers in flight end, the person is told."""
        status = process.wait()
        with self._lock:
            self._process = None
            for pipe in filter(None, (process.stdin, process.stdout)):
                with suppress(OSError):
                    pipe.close()
            lost, self._open = self._open, {}
            unheard, self._listening = self._listening, set()
            ready, failed = self._ready, self._failed
            error = failed or self._reason or _obituary(status, loading=not ready)
            if self._reason is None:
                self._crashes += 1
            again = self._reason is not None or (ready and self._crashes < CRASHES)
        self._finish(lost, unheard, error)
        if ready or again:
            self._tell(Lost(error, restarting=again))
        elif failed is None:
            self._tell(Failed(error))
        return again

    def _finish(self, requests: Mapping[str, _Open], unheard: Iterable[str], error: str) -> None:
        for request_id, request in requests.items():
            self._tell(Finished(request_id, request.end(error)))
        for name in unheard:
            self._tell(Transcribed(name, "", error))

    def _tell(self, event: ClientEvent) -> None:
        if not self._closed:
            self._on_event(event)

    def _lose_patience(self, request_id: str, request: _Open) -> None:
        with self._lock:
            if self._open.get(request_id) is request:
                self._end_process(
                    f"The engine did not stop within {self._patience_s:g} s, so it was ended "
                    "and started again."
                )

    def _end_process(self, reason: str) -> None:
        self._reason, self._again = reason, True
        if self._process is not None:
            self._process.kill()

    def _say(self, command: Command) -> None:
        if self._process is None:
            self._unsent.append(command)
        elif self._process.stdin is not None:
            # A process that has gone is noticed where its output ends.
            with suppress(OSError):
                self._process.stdin.write(write_line(command))
                self._process.stdin.flush()


def _obituary(status: int, *, loading: bool) -> str:
    """One sentence on how a process ended, by its exit status (negative: the signal)."""
    if status >= 0:
        when = " while it was still loading" if loading else ""
        return f"The engine ended by itself, with status {status}{when}."
    name = signal.Signals(-status).name
    if name == "SIGKILL":
        return (
            "The engine was killed (SIGKILL), as the system does when memory runs out; "
            "close other programs or choose a smaller model."
        )
    if loading:
        return (
            f"The engine crashed ({name}) while it was still loading, as it does where a model's "
            "files are damaged or were made to do harm; choose another model, or get it again."
        )
    return f"The engine crashed ({name})."
