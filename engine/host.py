"""The engine process: `python -m engine.host --bundle DIR`, JSON lines in and out.

One thread reads commands, the main thread computes. A cancel sets a flag that is read between
tokens; what is computed ahead is given up as soon as a question comes. The process ends when its
input does, and on Linux the kernel ends it with the thread that started it.
"""

from __future__ import annotations

import argparse
import ctypes
import math
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import BinaryIO, Protocol

from engine.errors import EngineError
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
    read_command,
    write_line,
)
from engine.types import (
    Answer,
    EngineInfo,
    Event,
    Finished,
    LoadOptions,
    Message,
    Request,
    TextDelta,
)

PACE_S = 1 / 30  # words are told this often; nobody reads faster
GRACE_S = 1.0  # between the end of the input and the end of a process that can't stop by itself
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Answering(Protocol):
    """What the process serves; `engine.Engine` is the real one."""

    @property
    def info(self) -> EngineInfo: ...
    def answer(self, request: Request, cancelled: Callable[[], bool]) -> Iterator[Event]: ...
    def prepare(self, messages: Sequence[Message], cancelled: Callable[[], bool]) -> None: ...
    def transcribe(self, path: Path) -> str: ...
    def close(self) -> None: ...


_Work = Request | TranscribeThis | tuple[Message, ...]


class Host:
    """Serves one client. `load` takes a function that is told how far it is, and may take long."""

    def __init__(
        self,
        load: Callable[[Callable[[Loading], None]], Answering],
        commands: BinaryIO,
        events: BinaryIO,
    ) -> None:
        self._load = load
        self._commands = commands
        self._events = events
        self._wake = threading.Condition()
        self._requests: deque[Request | TranscribeThis] = deque()
        self._ahead: tuple[Message, ...] | None = None
        self._cancelled: set[str] = set()
        self._closing = False
        self._done = threading.Event()

    def run(self) -> int:
        """Loads the engine and serves until the client closes or goes; the exit status."""
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        try:
            engine = self._load(self._say)
        except EngineError as error:
            return self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - the edge of the process: a sentence for the person
            traceback.print_exc()
            return self._fail(f"The engine could not start: {_describe(error)}.")
        self._say(Ready(engine.info))
        try:
            while (work := self._next()) is not None:
                self._serve(engine, work)
        finally:
            engine.close()
            self._done.set()
        return 0

    def _listen(self) -> None:
        for line in self._commands:
            try:
                self._obey(read_command(line))
            except ProtocolError as error:
                print(error, file=sys.stderr)
        self._obey(CloseEngine())
        if not self._done.wait(GRACE_S):
            os._exit(1)

    def _obey(self, command: Command) -> None:
        with self._wake:
            match command:
                case AnswerThis(request):
                    self._requests.append(request)
                    self._ahead = None  # older than the question
                case TranscribeThis():
                    self._requests.append(command)
                case PrepareFor(messages):
                    self._ahead = messages
                case CancelRequest(id=request_id):
                    self._cancelled.add(request_id)
                case CloseEngine():
                    self._closing = True
            self._wake.notify()

    def _next(self) -> _Work | None:
        """The next thing to do, questions first; None when there will be nothing more."""
        with self._wake:
            self._wake.wait_for(lambda: self._closing or self._requests or self._ahead is not None)
            if self._closing:
                return None
            if self._requests:
                return self._requests.popleft()
            ahead, self._ahead = self._ahead, None
            return ahead

    def _serve(self, engine: Answering, work: _Work) -> None:
        try:
            match work:
                case Request():
                    for event in paced(engine.answer(work, lambda: self._stopped(work.id))):
                        self._say(event)
                case TranscribeThis(name, path):
                    self._say(Transcribed(name, engine.transcribe(path)))
                case _:
                    engine.prepare(work, self._interrupted)
        except EngineError as error:
            self._excuse(work, str(error))
        except Exception as error:  # noqa: BLE001 - the edge of the process: it becomes an event
            traceback.print_exc()
            self._excuse(work, f"The engine made a mistake: {_describe(error)}; ask again.")

    def _excuse(self, work: _Work, sentence: str) -> None:
        """Says why there is no answer; of a question not asked yet, only when it is asked."""
        match work:
            case Request():
                self._say(Finished(work.id, Answer("", "", finish="error", error=sentence)))
            case TranscribeThis(name):
                self._say(Transcribed(name, "", sentence))

    def _stopped(self, request: str) -> bool:
        return self._closing or request in self._cancelled

    def _interrupted(self) -> bool:
        return self._closing or bool(self._requests) or self._ahead is not None

    def _fail(self, sentence: str) -> int:
        self._say(Failed(sentence))
        self._done.set()
        return 1

    def _say(self, event: HostEvent) -> None:
        try:
            self._events.write(write_line(event))
            self._events.flush()
        except BrokenPipeError:
            self._closing = True  # nobody listens any more


def paced(events: Iterator[Event], *, now: Callable[[], float] = monotonic) -> Iterator[Event]:
    """The events, words that come faster than `PACE_S` joined; nothing else waits for anything.

    Each line wakes another process, which takes a processor from the model for a moment.
    """
    held, told = "", -math.inf
    for event in events:
        if isinstance(event, TextDelta):
            held += event.text
            if now() - told < PACE_S:
                continue
            yield TextDelta(event.id, held)
            held, told = "", now()
        else:
            if held:
                yield TextDelta(event.id, held)
                held = ""
            yield event


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def claim_stdio() -> tuple[BinaryIO, BinaryIO]:
    """The process's input and output for the protocol alone.

    From here on, whatever a native library prints goes to standard error, and what it reads is
    empty.
    """
    commands, events = os.dup(0), os.dup(1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return os.fdopen(commands, "rb"), os.fdopen(events, "wb")


def die_with_parent() -> None:
    """Asks the kernel to kill this process with the thread that started it (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process's entry."""
    parser = argparse.ArgumentParser(prog="python -m engine.host", description=__doc__)
    parser.add_argument(
        "--bundle", type=Path, help="the model's folder; default: the bundled model"
    )
    parser.add_argument("--device", choices=["auto", "cpu"], default="auto", help="default: auto")
    parser.add_argument("--threads", type=int, help="default: one for each core worth it")
    parser.add_argument("--context", type=int, help="in tokens; default: the model's own")
    parser.add_argument(
        "--whisper", type=Path, help="the folder of the Whisper for a model without ears"
    )
    given = parser.parse_args(arguments)
    die_with_parent()
    commands, events = claim_stdio()
    # An interrupt from the terminal is the client's business, which then closes this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def load(told: Callable[[Loading], None]) -> Answering:
        from engine.bundle import default_bundle

        path = given.bundle or default_bundle()
        text = f"Loading the model {path.name}"
        told(Loading(text, 0.0))
        from engine import Engine
        from engine.prompt.tasks import own_tasks

        options = LoadOptions(
            device=given.device,
            threads=given.threads,
            context=given.context,
            whisper=given.whisper,
        )
        return Engine.load(
            path,
            options=options,
            tasks=own_tasks(),
            told=lambda done: told(Loading(text, done)),
        )

    return Host(load, commands, events).run()


if __name__ == "__main__":
    sys.exit(main())
