"""The real engine process with a real bundle: asked, killed in mid-answer, asked again."""

from __future__ import annotations

import queue
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.client import ClientEvent, EngineClient, Lost, host_command
from engine.protocol import Failed, Loading, Ready
from engine.types import (
    Finished,
    ImagePart,
    Message,
    Request,
    Sampling,
    TextDelta,
    TextPart,
)
from tests.support.picture_files import corners

PATIENCE_S = 180  # until a test that hangs fails


class Caller:
    """A client whose events wait in a queue."""

    def __init__(self, bundle: Path) -> None:
        self._events: queue.Queue[ClientEvent] = queue.Queue()
        self.client = EngineClient(host_command(bundle), self._events.put, patience_s=PATIENCE_S)

    def until(self, *kinds: type[ClientEvent]) -> list[ClientEvent]:
        heard = [self._events.get(timeout=PATIENCE_S)]
        while not isinstance(heard[-1], kinds):
            heard.append(self._events.get(timeout=PATIENCE_S))
        return heard

    def close(self) -> None:
        self.client.close()


@pytest.fixture
def caller(tiny_bundle: Path) -> Iterator[Caller]:
    with closing(Caller(tiny_bundle)) as caller:
        caller.client.start()
        yield caller


def question(name: str, picture: Path, *, max_tokens: int = 8) -> Request:
    parts = (ImagePart(picture), TextPart("what is this?"))
    return Request(name, (Message("user", parts),), Sampling(max_tokens=max_tokens))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_killed_in_mid_answer_it_is_started_again(caller: Caller, tmp_path: Path) -> None:
    corners().save(tmp_path / "a.png")
    loading = caller.until(Ready, Failed)
    shares = [event.done for event in loading if isinstance(event, Loading)]
    assert len(shares) > 1 and shares == sorted(shares, key=lambda done: done or 0.0)
    assert isinstance(loading[-1], Ready) and loading[-1].info.sees

    caller.client.prepare((Message("user", (ImagePart(tmp_path / "a.png"),)),))
    caller.client.ask(question("first", tmp_path / "a.png"))
    first = caller.until(Finished)[-1]
    assert isinstance(first, Finished) and first.answer.error is None

    caller.client.ask(question("lost", tmp_path / "a.png", max_tokens=600))
    caller.until(TextDelta)
    process = caller.client._process
    assert process is not None
    process.kill()
    lost = caller.until(Lost)
    assert [event.id for event in lost if isinstance(event, Finished)] == ["lost"]
    assert isinstance(lost[-1], Lost) and lost[-1].restarting and "SIGKILL" in lost[-1].error

    caller.client.ask(question("again", tmp_path / "a.png"))
    again = caller.until(Finished)[-1]
    assert isinstance(again, Finished)
    assert (again.id, again.answer.raw) == ("again", first.answer.raw)


def test_a_bundle_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with closing(Caller(tmp_path)) as caller:
        caller.client.start()
        failed = caller.until(Failed)[-1]
    assert isinstance(failed, Failed)
    assert str(tmp_path) in failed.error and failed.error.endswith(".")
