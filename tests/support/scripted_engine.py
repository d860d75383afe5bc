"""An engine whose language model and encoder are scripted; all between them is the real thing.

What it answers follows from the words of the question:

    wait       the numbers from 1 on, until it is cancelled (as [vqa]: four of them)
    slowly     the same, ten a second
    hang       one word, then it neither goes on nor listens
    crash      one word, then the process dies of SIGSEGV
    killed     one word, then the process dies of SIGKILL
    mistake    one word, then an exception that nobody expected
    noise      prints on the process's own standard output, as native libraries do
    a task     the task's answer in ANSWERS
    the rest   `You said: ` and the words
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from engine.bundle import Manifest, VisionFacts
from engine.errors import InputError
from engine.prompt.tasks import TASKS
from engine.prompt.template import PromptStyle
from engine.seams import never
from engine.session import Session
from engine.types import EngineInfo, Event, Message, Request, Sampling, TextPart
from tests.support.fakes import N_EMBD, ScriptedDecoder, ScriptedEncoder, said, written

ANSWERS = {
    "[refer]": "{<10><20><30><40>}",
    "[caption]": "a cat on a mat",
    "[grounding]": "<p>a cat</p> {<10><20><30><40>} on <p>a mat</p> {<0><50><100><90>}.",
    "[detection]": "<p>cat</p> {<10><20><30><40>}<delim>{<50><20><80><40>}",
    "[identify]": "a cat",
    "[vqa]": "two",
}
MANIFEST = Manifest(
    name="scripted",
    version="1",
    licence="Apache-2.0",
    languages=("en",),
    context=10**8,
    n_embd=N_EMBD,
    prompt=PromptStyle(template="chatml"),
    tasks=("chat", "vqa", "caption", "grounding", "refer", "identify", "detection"),
    dialect="minigpt-v2",
    vision=VisionFacts(side=64, resize="squash", mean=(0, 0, 0), std=(1, 1, 1), join=2),
    sampling={"default": Sampling(max_tokens=10**7), "vqa": Sampling(max_tokens=4)},
)


class ScriptedEngine:
    """What `engine.Engine` is, for the engine process and the command line."""

    def __init__(self) -> None:
        self.info = EngineInfo(
            name=MANIFEST.name,
            version=MANIFEST.version,
            bundle=Path("scripted"),
            language_model="scripted",
            context=MANIFEST.context,
            n_embd=MANIFEST.n_embd,
            tasks=MANIFEST.tasks,
            sees=True,
            device="cpu",
            sampling={task: MANIFEST.sampling_for(task) for task in TASKS},
        )
        self.prepared: list[tuple[Message, ...]] = []
        self.was_prepared = threading.Event()
        self.slow_to_prepare = False
        self.closed = False
        self._pause = threading.Event()
        self._session = Session(
            _Talker(n_ctx=MANIFEST.context), ScriptedEncoder(), manifest=MANIFEST
        )

    def answer(self, request: Request, cancelled: Callable[[], bool] = never) -> Iterator[Event]:
        # Who hangs must not hear a cancellation between its word and the hanging, either.
        hangs = TextPart("hang") in request.messages[-1].parts
        return self._session.answer(request, never if hangs else cancelled)

    def prepare(self, messages: Sequence[Message], cancelled: Callable[[], bool] = never) -> None:
        self._session.prepare(messages, cancelled)
        self.prepared.append(tuple(messages))
        self.was_prepared.set()
        while self.slow_to_prepare and not cancelled():
            self._pause.wait(0.01)

    def transcribe(self, path: Path) -> str:
        """What is said in a recording: its file's name; nothing in one called silence.wav."""
        if path.stem == "broken":
            raise InputError(f"{path} is not a recording that can be read here.")
        return "" if path.stem == "silence" else path.stem.replace("-", " ")

    def close(self) -> None:
        self.closed = True


class _Talker(ScriptedDecoder):
    """Answers by the words of the last question in the prompt that it read."""

    def stream(
        self,
        sampling: Sampling,
        *,
        grammar: str | None = None,
        shown: Sequence[str] = (),
        at_least: int = 0,
    ) -> Generator[bytes, None, None]:
        turns = re.findall(
            r"<\|im_start\|>user\n(.*?)<\|im_end\|>", written(self.heard[-1]), re.DOTALL
        )
        self._script = iter([_answer(turns[-1].split("</Img> ")[-1])])
        return super().stream(sampling, grammar=grammar, shown=shown, at_least=at_least)


def _answer(words: str) -> Iterable[bytes]:
    task = re.match(r"\[\w+\]", words)
    behave = _BEHAVIOURS.get(words.removeprefix("[vqa] "))
    if behave is not None:
        return behave()
    return said(ANSWERS[task[0]] if task else f"You said: {words}")


def _wait() -> Iterator[bytes]:
    for number in count(1):
        yield f"{number} ".encode()


def _slowly() -> Iterator[bytes]:
    for number in _wait():
        yield number
        time.sleep(0.1)


def _then(act: Callable[[], object]) -> Callable[[], Iterator[bytes]]:
    def behave() -> Iterator[bytes]:
        yield b"Well, "
        act()

    return behave


def _mistake() -> None:
    raise KeyError("row 7")


_BEHAVIOURS: dict[str, Callable[[], Iterator[bytes]]] = {
    "wait": _wait,
    "slowly": _slowly,
    "hang": _then(lambda: threading.Event().wait()),
    "crash": _then(lambda: os.kill(os.getpid(), signal.SIGSEGV)),
    "killed": _then(lambda: os.kill(os.getpid(), signal.SIGKILL)),
    "mistake": _then(_mistake),
    "noise": _then(lambda: os.write(1, b'{"event": "failed", "error": "no"}\n')),
}
