"""`sightline ask`: one question or a batch of them, answered by an engine in this process.

Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from engine.commands.lines import RequestLine, answer_line, read_line
from engine.errors import EngineError, InputError
from engine.types import Answer, Finished, Notice, TextDelta

if TYPE_CHECKING:
    from engine.host import Answering

Load = Callable[[Path | None], "Answering"]
Cancelled = Callable[[], bool]

FINE, FAILED = 0, 1
_WRITE_DOWN = "transcribe"
_COMPLETE = ("stop", "length")


def ask(options: Namespace, load: Load) -> int:
    """Answers the question of the options; the exit code."""
    line = RequestLine(
        image=tuple(options.image),
        audio=tuple(options.audio),
        task=options.task,
        region=options.region,
        prompt=options.prompt,
    )
    with _loaded(load, options.bundle) as engine, _interruptible() as cancelled:
        answer = _answer(engine, "ask", line, cancelled, streaming=not options.json)
    if options.json:
        print(answer_line(None, answer))
    else:
        _print_boxes(answer, several=len(line.image) > 1)
    if answer.error:
        print(answer.error, file=sys.stderr)
    if answer.finish == "length":
        print("The answer reached its longest allowed length.", file=sys.stderr)
    if options.save is not None and answer.finish in _COMPLETE:
        from engine.commands.picture import save_with_boxes

        save_with_boxes(options.save, line.image, answer.boxes)
    return FINE if answer.finish in _COMPLETE else FAILED


def ask_batch(options: Namespace, load: Load) -> int:
    """Answers each line of the batch by a line, in order; the exit code.

    A line that is no request is answered by its error, and the batch goes on.
    """
    code = FINE
    with (
        _lines(options.batch) as lines,
        _loaded(load, options.bundle) as engine,
        _interruptible() as cancelled,
    ):
        for text in filter(str.strip, lines):
            if cancelled():
                return FAILED
            name, line = read_line(text)
            if isinstance(line, InputError):
                answer = Answer("", "", finish="error", error=str(line))
            else:
                answer = _answer(engine, "batch", line, cancelled)
            print(answer_line(name, answer), flush=True)
            if answer.finish not in _COMPLETE:
                code = FAILED
    return code


def _answer(
    engine: Answering,
    name: str,
    line: RequestLine,
    cancelled: Cancelled,
    *,
    streaming: bool = False,
) -> Answer:
    """The answer; with `streaming`, its text is printed while it comes."""
    try:
        words = _written_down(engine, line)
        if words and line.asked_task == _WRITE_DOWN:
            return _said(" ".join(words), streaming=streaming)
        question = line.spoken(words) if words else line
        request = question.request(name, engine.info.sampling)
    except EngineError as error:
        return Answer("", "", finish="error", error=str(error))
    said = False
    for event in engine.answer(request, cancelled):
        match event:
            case TextDelta(text=text) if streaming:
                said = True
                print(text, end="", flush=True)
            case Notice(text=text):
                print(text, file=sys.stderr)
            case Finished(answer=answer):
                if said:
                    print()
                return answer
    raise EngineError("The engine ended without an answer; ask again.")


def _written_down(engine: Answering, line: RequestLine) -> list[str]:
    """What is said in each recording of the question, where the model has no ears of its own.

    Raises InputError where a recording can't be used or nothing is said in it, and BundleError
    where there is no Whisper.
    """
    if engine.info.hears:
        return []
    words = []
    for path in line.audio:
        words.append(engine.transcribe(path))
        if not words[-1]:
            raise InputError(f"No speech was heard in {path}; record it again.")
        if line.asked_task != _WRITE_DOWN:
            print(f'Heard: "{words[-1]}"', file=sys.stderr)
    return words


def _said(words: str, *, streaming: bool) -> Answer:
    """An answer that no model had to think about."""
    if streaming:
        print(words)
    return Answer(words, words)


def _print_boxes(answer: Answer, *, several: bool) -> None:
    """A line for each box: edges as `--region` takes them, then the words that it belongs to."""
    for found in answer.boxes:
        words = [",".join(f"{edge:.3f}" for edge in found.box.as_list())]
        if several:
            words.append(f"(picture {found.image + 1})")
        if found.phrase:
            words.append(found.phrase)
        print(" ".join(words))


@contextmanager
def _loaded(load: Load, bundle: Path | None) -> Iterator[Answering]:
    if sys.stderr.isatty():
        print("Loading the model ...", file=sys.stderr)
    engine = load(bundle)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def _interruptible() -> Iterator[Cancelled]:
    """Ctrl+C ends the answer at the next token; a second one ends the program."""
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _lines(path: Path) -> Iterator[Iterable[str]]:
    """The lines of the batch as they come; `-` is standard input."""
    if str(path) == "-":
        yield sys.stdin
        return
    try:
        file = path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"The batch {path} can't be read ({error.strerror}).") from error
    with file:
        yield file
