"""The engine process's inside, with the session's two seams scripted."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine import host
from engine.errors import BundleError
from engine.grounding.geometry import Box
from engine.host import PACE_S, Answering, Host, paced
from engine.protocol import (
    AnswerThis,
    CancelRequest,
    CloseEngine,
    Command,
    Failed,
    HostEvent,
    Loading,
    PrepareFor,
    Ready,
    Transcribed,
    TranscribeThis,
    read_event,
    write_line,
)
from engine.types import (
    Answer,
    BoxFound,
    Event,
    Finished,
    GroundedBox,
    ImagePart,
    Message,
    Request,
    TextDelta,
    TextPart,
)
from tests.support.scripted_engine import ScriptedEngine
from tests.support.scripted_host import COMMAND

PATIENCE_S = 60  # until a test that hangs fails


def question(name: str, words: str, task: str = "chat") -> Request:
    parts = (ImagePart(Path("a.png")), TextPart(words))
    return Request(name, (Message("user", parts, task),))


class Talk:
    """A host on a thread of its own and the two pipes to it; what it says waits in a queue."""

    def __init__(self, load: Callable[[Callable[[Loading], None]], Answering]) -> None:
        commands, to_host = os.pipe()
        from_host, events = os.pipe()
        self.say_to = os.fdopen(to_host, "wb", buffering=0)
        self._told = os.fdopen(from_host, "rb")
        self._heard: queue.Queue[HostEvent] = queue.Queue()
        self._pipes = (os.fdopen(commands, "rb"), os.fdopen(events, "wb"))
        self._host = Host(load, *self._pipes)
        self.status: int | None = None
        self._threads = [threading.Thread(target=act) for act in (self._run, self._listen)]
        for thread in self._threads:
            thread.start()

    def _run(self) -> None:
        self.status = self._host.run()
        self._pipes[1].close()

    def _listen(self) -> None:
        with self._told:
            for line in self._told:
                self._heard.put(read_event(line))

    def say(self, *commands: Command) -> None:
        self.say_to.write(b"".join(map(write_line, commands)))

    def hear(self) -> HostEvent:
        return self._heard.get(timeout=PATIENCE_S)

    def until(self, wanted: Callable[[HostEvent], bool]) -> list[HostEvent]:
        heard = [self.hear()]
        while not wanted(heard[-1]):
            heard.append(self.hear())
        return heard

    def answer(self) -> Answer:
        last = self.until(lambda event: isinstance(event, Finished))[-1]
        assert isinstance(last, Finished)
        return last.answer

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()

    def close(self) -> None:
        self.say_to.close()
        self.join()
        self._pipes[0].close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is late ends its process, which is that of the tests here."""
    monkeypatch.setattr(host, "GRACE_S", 2 * PATIENCE_S)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def talk(engine: ScriptedEngine) -> Iterator[Talk]:
    with closing(Talk(lambda told: engine)) as talk:
        assert talk.hear() == Ready(engine.info)
        yield talk


def test_a_question_is_answered_by_events_with_its_id(talk: Talk) -> None:
    talk.say(AnswerThis(question("7", "", "grounding")))
    events = talk.until(lambda event: isinstance(event, Finished))
    assert {getattr(event, "id", None) for event in events} == {"7"}
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.answer.text == "a cat on a mat."
    assert [found.phrase for found in last.answer.boxes] == ["a cat", "a mat"]


def test_questions_are_answered_in_order(talk: Talk) -> None:
    talk.say(*(AnswerThis(question(str(n), f"number {n}")) for n in range(3)))
    assert [talk.answer().text for _ in range(3)] == [f"You said: number {n}" for n in range(3)]


def test_a_cancel_stops_an_answer_between_two_tokens(talk: Talk) -> None:
    talk.say(AnswerThis(question("7", "wait")))
    talk.until(lambda event: isinstance(event, TextDelta))
    talk.say(CancelRequest("7"))
    assert talk.answer().finish == "cancelled"
    talk.say(AnswerThis(question("8", "hello")))
    assert talk.answer().text == "You said: hello"


def test_a_question_that_was_cancelled_before_its_turn_costs_nothing(talk: Talk) -> None:
    talk.say(AnswerThis(question("7", "wait")), AnswerThis(question("8", "hello")))
    talk.until(lambda event: isinstance(event, TextDelta))
    talk.say(CancelRequest("8"), CancelRequest("7"))
    assert [talk.answer().finish, talk.answer().finish] == ["cancelled", "cancelled"]


def test_what_is_known_is_prepared_while_nothing_is_asked(
    talk: Talk, engine: ScriptedEngine
) -> None:
    known = (Message("user", (ImagePart(Path("a.png")),)),)
    talk.say(PrepareFor(known))
    engine.was_prepared.wait(PATIENCE_S)
    assert engine.prepared == [known]
    talk.say(AnswerThis(question("7", "hello")))
    assert talk.answer().stats.cached_tokens > 0


def test_preparing_is_given_up_when_a_question_comes(talk: Talk, engine: ScriptedEngine) -> None:
    engine.slow_to_prepare = True
    talk.say(PrepareFor((Message("user", (ImagePart(Path("a.png")),)),)))
    engine.was_prepared.wait(PATIENCE_S)
    talk.say(AnswerThis(question("7", "hello")))
    assert talk.answer().text == "You said: hello"


def test_an_older_preparation_is_not_made_after_a_question(
    talk: Talk, engine: ScriptedEngine
) -> None:
    talk.say(AnswerThis(question("7", "wait")))
    talk.until(lambda event: isinstance(event, TextDelta))
    talk.say(
        PrepareFor((Message("user", (ImagePart(Path("a.png")),)),)),
        AnswerThis(question("8", "hello")),
        CancelRequest("7"),
    )
    talk.answer()
    talk.answer()
    talk.say(CloseEngine())
    talk.join()
    assert engine.prepared == []


def test_a_mistake_becomes_an_event_and_the_next_question_is_answered(talk: Talk) -> None:
    talk.say(AnswerThis(question("7", "mistake")), AnswerThis(question("8", "hello")))
    answer = talk.answer()
    assert answer.finish == "error"
    assert answer.error == "The engine made a mistake: KeyError: 'row 7'; ask again."
    assert talk.answer().text == "You said: hello"


def test_a_request_that_is_wrong_is_answered_by_a_sentence(talk: Talk) -> None:
    talk.say(AnswerThis(question("7", "x", "dance")))
    answer = talk.answer()
    assert answer.finish == "error" and answer.error is not None and "dance" in answer.error


def test_recordings_are_written_down_in_their_turn(talk: Talk) -> None:
    talk.say(
        AnswerThis(question("7", "hello")),
        *(TranscribeThis(n, Path(f"{n}.wav")) for n in ("where-is-it", "silence", "broken")),
    )
    assert talk.answer().text == "You said: hello"
    assert talk.hear() == Transcribed("where-is-it", "where is it")
    assert talk.hear() == Transcribed("silence", "")
    refused = talk.hear()
    assert refused == Transcribed(
        "broken", "", "broken.wav is not a recording that can be read here."
    )


def test_lines_that_are_no_commands_are_passed_over(talk: Talk) -> None:
    talk.say_to.write(b"hello?\n{}\n")
    talk.say(AnswerThis(question("7", "hello")))
    assert talk.answer().text == "You said: hello"


@pytest.mark.parametrize("by", ["command", "end of input"])
def test_it_ends_in_mid_answer_when_the_client_goes(
    talk: Talk, engine: ScriptedEngine, by: str
) -> None:
    talk.say(AnswerThis(question("7", "wait")))
    talk.until(lambda event: isinstance(event, TextDelta))
    if by == "command":
        talk.say(CloseEngine())
    else:
        talk.say_to.close()
    talk.join()
    assert talk.status == 0 and engine.closed


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (BundleError("There is no model."), "There is no model."),
        (RuntimeError("odd"), "The engine could not start: RuntimeError: odd."),
    ],
)
def test_an_engine_that_can_not_be_loaded_says_why(error: Exception, sentence: str) -> None:
    def load(told: Callable[[Loading], None]) -> Answering:
        told(Loading("Looking for it", 0.1))
        raise error

    with closing(Talk(load)) as talk:
        assert talk.hear() == Loading("Looking for it", 0.1)
        assert talk.hear() == Failed(sentence)
    assert talk.status == 1


def test_what_native_code_prints_does_not_disturb_the_protocol() -> None:
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(write_line(AnswerThis(question("7", "noise"))))
        process.stdin.flush()
        heard: list[HostEvent] = []
        while not (heard and isinstance(heard[-1], Finished)):
            heard.append(read_event(process.stdout.readline()))
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert not any(isinstance(event, Failed) for event in heard)
    assert b'{"event": "failed", "error": "no"}' in errors


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
def test_it_dies_with_its_parent() -> None:
    """The parent is killed while the host's input stays open: only the kernel can tell it."""
    starter = f"import subprocess, sys; subprocess.run({COMMAND!r}, stdin=0)"
    keep_open, theirs = os.pipe()[::-1]
    with subprocess.Popen(
        [sys.executable, "-c", starter], stdin=theirs, stdout=subprocess.PIPE
    ) as parent:
        os.close(theirs)
        assert parent.stdout is not None
        while not isinstance(read_event(parent.stdout.readline()), Ready):
            pass
        parent.send_signal(signal.SIGKILL)
        # Both held this pipe's other end: it ends when the host is gone too.
        rest, _ = parent.communicate(timeout=PATIENCE_S)
        assert rest == b""
    os.close(keep_open)


def test_words_that_come_too_fast_to_read_are_joined_and_nothing_waits_for_them() -> None:
    box = BoxFound("q", GroundedBox(Box(0, 0, 1, 1)))
    end = Finished("q", Answer("abcdef", "abcdef"))
    told = [TextDelta("q", letter) for letter in "abcd"]
    events: list[Event] = [*told, box, TextDelta("q", "e"), TextDelta("q", "f"), end]
    times = iter([0.0, 0.0, 0.5, 0.9, 1.0, 1.0, 1.1, 1.2])  # in shares of the pace
    heard = list(paced(iter(events), now=lambda: PACE_S * next(times)))
    assert heard == [
        TextDelta("q", "a"),
        TextDelta("q", "bcd"),
        box,
        TextDelta("q", "ef"),
        end,
    ]
