"""The caller's side, against a real process that speaks the real protocol with scripted answers."""

from __future__ import annotations

import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.client import CRASHES, ClientEvent, EngineClient, Lost, host_command
from engine.errors import EngineLost
from engine.protocol import Failed, Loading, Ready, Transcribed
from engine.types import (
    Answer,
    BoxFound,
    Finished,
    ImagePart,
    LoadOptions,
    Message,
    Request,
    TextDelta,
    TextPart,
)
from tests.support.scripted_host import COMMAND

PATIENCE_S = 60  # until a test that hangs fails


def question(name: str, words: str, task: str = "chat") -> Request:
    parts = (ImagePart(Path("a.png")), TextPart(words))
    return Request(name, (Message("user", parts, task),))


class Caller:
    """A client whose events wait in a queue."""

    def __init__(self, *options: str, patience_s: float = PATIENCE_S) -> None:
        self._events: queue.Queue[ClientEvent] = queue.Queue()
        command = [*COMMAND, *options]
        self.client = EngineClient(command, self._events.put, patience_s=patience_s)

    def until(self, wanted: Callable[[ClientEvent], bool]) -> list[ClientEvent]:
        heard = [self._events.get(timeout=PATIENCE_S)]
        while not wanted(heard[-1]):
            heard.append(self._events.get(timeout=PATIENCE_S))
        return heard

    def until_type(self, kind: type[ClientEvent]) -> list[ClientEvent]:
        return self.until(lambda event: isinstance(event, kind))

    def answer(self, name: str) -> Answer:
        last = self.until(lambda event: isinstance(event, Finished) and event.id == name)[-1]
        assert isinstance(last, Finished)
        return last.answer

    def rest(self) -> list[ClientEvent]:
        """What else came, after `close`."""
        return [self._events.get() for _ in range(self._events.qsize())]

    def close(self) -> None:
        self.client.close()


@pytest.fixture
def caller() -> Iterator[Caller]:
    with closing(Caller()) as caller:
        caller.client.start()
        caller.until_type(Ready)
        yield caller


def test_it_tells_of_loading_and_of_being_ready() -> None:
    with closing(Caller()) as caller:
        caller.client.start()
        first, last = caller.until_type(Ready)
    assert first == Loading("Loading the scripted model", 0.5)
    assert isinstance(last, Ready) and last.info.name == "scripted"


def test_a_question_asked_while_it_loads_is_answered() -> None:
    with closing(Caller()) as caller:
        caller.client.start()
        caller.client.ask(question("7", "hello"))
        assert caller.answer("7").text == "You said: hello"


def test_text_and_boxes_come_before_the_answer_is_finished(caller: Caller) -> None:
    caller.client.prepare((Message("user", (ImagePart(Path("a.png")),)),))
    caller.client.ask(question("7", "", "grounding"))
    events = caller.until_type(Finished)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == "a cat on a mat."
    phrases = [event.box.phrase for event in events if isinstance(event, BoxFound)]
    assert phrases == ["a cat", "a mat"]


def test_a_recording_is_written_down(caller: Caller) -> None:
    caller.client.transcribe("7", Path("where-is-it.wav"))
    assert caller.until_type(Transcribed) == [Transcribed("7", "where is it")]
    caller.client.transcribe("8", Path("broken.wav"))
    (told,) = caller.until_type(Transcribed)
    assert isinstance(told, Transcribed) and told.error is not None and "broken.wav" in told.error


def test_a_recording_is_given_up_with_the_engine(caller: Caller) -> None:
    caller.client.ask(question("7", "killed"))
    caller.client.transcribe("8", Path("where-is-it.wav"))
    (told,) = (e for e in caller.until_type(Lost) if isinstance(e, Transcribed))
    assert (told.id, told.text) == ("8", "")
    assert told.error is not None and told.error.startswith("The engine was killed")


def test_of_a_cancelled_request_only_its_end_is_passed_on(caller: Caller) -> None:
    caller.client.ask(question("7", "wait"))
    caller.until_type(TextDelta)
    caller.client.cancel("7")
    caller.client.ask(question("8", "hello"))
    events = caller.until(lambda event: isinstance(event, Finished) and event.id == "8")
    ends = [event for event in events if isinstance(event, Finished)]
    assert [(end.id, end.answer.finish) for end in ends] == [("7", "cancelled"), ("8", "stop")]


def test_a_cancel_of_what_is_not_asked_is_nothing(caller: Caller) -> None:
    caller.client.cancel("7")
    caller.client.ask(question("8", "hello"))
    assert caller.answer("8").finish == "stop"


def test_an_engine_that_does_not_stop_is_killed_and_started_again() -> None:
    with closing(Caller(patience_s=0.05)) as caller:
        caller.client.start()
        caller.client.ask(question("7", "hang"))
        caller.until_type(TextDelta)
        caller.client.cancel("7")
        end, lost = caller.until_type(Lost)
        assert isinstance(end, Finished) and end.answer.finish == "cancelled"
        assert lost == Lost(
            "The engine did not stop within 0.05 s, so it was ended and started again.",
            restarting=True,
        )
        caller.client.ask(question("8", "hello"))
        assert caller.answer("8").text == "You said: hello"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("crash", "The engine crashed (SIGSEGV)."),
        ("killed", "The engine was killed (SIGKILL), as the system does when memory runs out; "
         "close other programs or choose a smaller model."),
    ],
)  # fmt: skip
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_crash_costs_the_answer_in_flight_and_nothing_else(
    caller: Caller, words: str, sentence: str
) -> None:
    caller.client.ask(question("7", words))
    caller.client.ask(question("8", "also lost"))
    events = caller.until_type(Lost)
    ends = [event for event in events if isinstance(event, Finished)]
    assert [(end.id, end.answer.finish) for end in ends] == [("7", "error"), ("8", "error")]
    assert ends[0].answer.text == "Well,"
    assert {end.answer.error for end in ends} == {sentence}
    assert events[-1] == Lost(sentence, restarting=True)
    caller.client.ask(question("9", "hello"))
    assert caller.answer("9").text == "You said: hello"


def test_after_several_crashes_in_a_row_a_person_has_to_start_it() -> None:
    with closing(Caller()) as caller:
        caller.client.start()
        for number in range(CRASHES):
            caller.client.ask(question(str(number), "crash"))
            lost = caller.until_type(Lost)[-1]
            assert isinstance(lost, Lost) and lost.restarting == (number < CRASHES - 1)
        caller.client.restart()
        caller.client.ask(question("9", "hello"))
        assert caller.answer("9").text == "You said: hello"


def test_a_restart_ends_the_answer_in_flight(caller: Caller) -> None:
    caller.client.ask(question("7", "wait"))
    caller.until_type(TextDelta)
    caller.client.restart()
    end, lost = caller.until_type(Lost)[-2:]
    assert isinstance(end, Finished) and end.answer.error == "The engine was started again."
    assert isinstance(lost, Lost) and lost.restarting
    caller.until_type(Ready)


def test_an_engine_that_can_not_be_loaded_is_not_tried_again() -> None:
    with closing(Caller("--fail", "There is no model.")) as caller:
        caller.client.start()
        caller.client.ask(question("7", "hello"))
        events = caller.until_type(Finished)
        assert Failed("There is no model.") in events
        end = events[-1]
        assert isinstance(end, Finished) and end.answer.error == "There is no model."
    assert caller.rest() == []


def test_a_command_that_is_none_is_an_event() -> None:
    events: queue.Queue[ClientEvent] = queue.Queue()
    with closing(EngineClient(["/nowhere/engine"], events.put)) as client:
        client.start()
        failed = events.get(timeout=PATIENCE_S)
    assert isinstance(failed, Failed) and "/nowhere/engine" in failed.error


def test_a_process_that_dies_while_loading_is_an_event() -> None:
    events: queue.Queue[ClientEvent] = queue.Queue()
    with closing(EngineClient([sys.executable, "-c", "exit(3)"], events.put)) as client:
        client.start()
        failed = events.get(timeout=PATIENCE_S)
    assert failed == Failed("The engine ended by itself, with status 3 while it was still loading.")


def test_nothing_comes_after_close(caller: Caller) -> None:
    caller.client.ask(question("7", "wait"))
    caller.until_type(TextDelta)
    caller.client.close()
    assert not any(isinstance(event, Finished | Lost) for event in caller.rest())
    caller.client.start()
    with pytest.raises(EngineLost):
        caller.client.ask(question("8", "hello"))


def test_close_ends_a_process_that_hangs() -> None:
    with closing(Caller(patience_s=0.05)) as caller:
        caller.client.start()
        caller.client.ask(question("7", "hang"))
        caller.until_type(TextDelta)


def test_the_command_names_the_bundle(tmp_path: Path) -> None:
    assert host_command()[-2:] == ["-m", "engine.host"]
    assert host_command(tmp_path)[-2:] == ["--bundle", str(tmp_path)]


def test_the_client_loads_nothing_heavy() -> None:
    code = (
        "import sys, engine.client; "
        "print([m for m in ('torch', 'llama_cpp', 'transformers', 'numpy', 'PIL', 'PySide6')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_another_command_takes_the_place_of_the_first_with_its_reason(caller: Caller) -> None:
    caller.client.restart([*COMMAND, "--fail", "no such model"], why="Another model was chosen.")
    lost, *_, failed = caller.until_type(Failed)
    assert lost == Lost("Another model was chosen.", restarting=True)
    assert failed == Failed("no such model")


def test_the_command_says_how_the_model_is_placed() -> None:
    options = LoadOptions(device="cpu", threads=3, context=2048, whisper=Path("large"))
    placed = host_command(Path("there"), options)
    assert placed[len(host_command()) :] == [
        *("--bundle", "there", "--device", "cpu", "--threads", "3", "--context", "2048"),
        *("--whisper", "large"),
    ]
