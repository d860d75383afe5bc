"""What is done with models, by a played command line: one of a kind at a time, and in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.models.job import (
    Job,
    Phase,
    State,
    bundle_import,
    check,
    file_import,
    installation,
    removal,
)
from app.models.jobs import Jobs
from engine.hub.progress import Done, Progress
from tests.gui.conftest import WAIT_MS
from tests.gui.models.conftest import GB, LARGE, SMALL, Line, placed, step
from tests.support.scripted_models import DEAF, WAIT

EYES, EARS = installation("eyes", "Eyes"), installation("ears", "Ears")
GONE = removal(LARGE.path, LARGE.name)


@pytest.fixture
def jobs(line: Line) -> Iterator[Jobs]:
    made = Jobs(command=line.command)
    yield made
    made.close()


class Seen:
    """The states through which jobs went, in their order."""

    def __init__(self, jobs: Jobs, qtbot: QtBot) -> None:
        self.states: list[tuple[Job, State]] = []
        self._jobs = jobs
        self._qtbot = qtbot
        jobs.changed.connect(lambda job, state: self.states.append((job, state)))

    def of(self, job: Job) -> list[Phase]:
        """The phases of one, each once in a row."""
        phases = [state.phase for seen, state in self.states if seen == job]
        return [phase for n, phase in enumerate(phases) if n == 0 or phases[n - 1] != phase]

    def until(self, job: Job, phase: Phase) -> State:
        self._qtbot.waitUntil(lambda: self._jobs.states[job].phase is phase, timeout=WAIT_MS)
        return self._jobs.states[job]

    def until_it_tells(self, job: Job) -> None:
        self._qtbot.waitUntil(lambda: self._jobs.states[job].step is not None, timeout=WAIT_MS)


@pytest.fixture
def seen(jobs: Jobs, qtbot: QtBot) -> Seen:
    return Seen(jobs, qtbot)


def test_an_installation_from_the_first_line_to_the_last(
    jobs: Jobs, seen: Seen, line: Line
) -> None:
    said = (step(0), step(GB, rate=1e6, left_s=200.0), step(3 * GB), placed("/models/eyes", "eyes"))
    line.say(install=[said])
    jobs.start(EYES)
    state = seen.until(EYES, Phase.DONE)
    assert state.placed == Done(Path("/models/eyes"), "eyes") and state.over
    assert seen.of(EYES) == [Phase.WAITING, Phase.RUNNING, Phase.DONE]
    middle = next(state.step for _, state in seen.states if state.step and state.step.rate)
    expected = Progress(stage="download", file="eyes.gguf", done=GB, total=3 * GB)
    assert middle == replace(expected, rate=1e6, left_s=200.0)
    assert line.calls("install") == [["eyes", "--json"]]


def test_one_that_fails_says_why_and_can_be_begun_again(jobs: Jobs, seen: Seen, line: Line) -> None:
    broken = (step(GB), {"error": "The line went dead; try again."}, 1)
    line.say(install=[broken, (placed("/models/eyes", "eyes"),)])
    jobs.start(EYES)
    assert seen.until(EYES, Phase.FAILED).error == "The line went dead; try again."
    jobs.start(EYES)
    assert seen.until(EYES, Phase.DONE).error == ""


def test_what_only_the_error_output_says(jobs: Jobs, seen: Seen, line: Line) -> None:
    line.say(verify=[(1,)])
    jobs.start(check(SMALL))
    assert seen.until(check(SMALL), Phase.FAILED).error == "it said nothing"


def test_a_program_that_is_not_there(qtbot: QtBot) -> None:
    jobs = Jobs(command=("/no/such/program",))
    jobs.start(EYES)
    qtbot.waitUntil(lambda: jobs.states[EYES].phase is Phase.FAILED, timeout=WAIT_MS)
    assert "No such file" in jobs.states[EYES].error


def test_what_is_meant_for_people_is_passed_over(jobs: Jobs, seen: Seen, line: Line) -> None:
    line.say(verify=[("manifest: fine", "[1]", '{"stage": "dance"}', "/models/small is whole.")])
    jobs.start(check(SMALL))
    assert seen.until(check(SMALL), Phase.DONE) == State(phase=Phase.DONE)


def test_two_of_a_kind_go_one_after_the_other(jobs: Jobs, seen: Seen, line: Line) -> None:
    line.tell({"install eyes": [(step(GB), WAIT)], "install ears": [(placed("/m", "ears"),)]})
    jobs.start(EYES)
    jobs.start(EARS)
    jobs.start(EYES)
    assert jobs.states[EARS] == State(phase=Phase.WAITING, before="Eyes")
    seen.until_it_tells(EYES)
    jobs.stop(EYES)
    seen.until(EARS, Phase.DONE)
    assert jobs.states[EYES] == State(phase=Phase.STOPPED)
    assert seen.of(EYES) == [Phase.WAITING, Phase.RUNNING, Phase.STOPPING, Phase.STOPPED]
    assert line.calls("install") == [["eyes", "--json"], ["ears", "--json"]]


def test_another_kind_does_not_wait(jobs: Jobs, seen: Seen, line: Line) -> None:
    line.say(install=[(step(GB), WAIT)], remove=[()])
    jobs.start(EYES)
    jobs.start(GONE)
    seen.until(GONE, Phase.DONE)
    assert line.calls("remove") == [["large", "--yes"]]
    assert not jobs.states[EYES].over


def test_one_that_waits_is_told_for_whom_and_can_be_taken_back(
    jobs: Jobs, seen: Seen, line: Line
) -> None:
    third = installation("owner/name", "owner/name")
    line.say(install=[(step(GB), WAIT)])
    for job in (EYES, EARS, third):
        jobs.start(job)
    jobs.stop(EARS)
    assert jobs.states[EARS].phase is Phase.STOPPED
    jobs.start(EARS)
    assert jobs.states[EARS].before == "Eyes"
    seen.until_it_tells(EYES)
    jobs.stop(EYES)
    seen.until_it_tells(third)
    assert jobs.states[EARS].before == "owner/name"


def test_one_that_does_not_obey_is_killed(qtbot: QtBot, line: Line) -> None:
    line.say(install=[(DEAF, step(GB), WAIT)])
    jobs = Jobs(command=line.command, patience_ms=1)
    seen = Seen(jobs, qtbot)
    jobs.start(EYES)
    seen.until_it_tells(EYES)
    jobs.stop(EYES)
    seen.until(EYES, Phase.STOPPED)


def test_one_that_is_over_is_forgotten(jobs: Jobs, seen: Seen, line: Line, qtbot: QtBot) -> None:
    line.say(install=[(step(GB), WAIT)])
    jobs.start(EYES)
    jobs.forget(EYES)
    assert EYES in jobs.states
    seen.until_it_tells(EYES)
    jobs.stop(EYES)
    jobs.stop(EYES)
    seen.until(EYES, Phase.STOPPED)
    with qtbot.waitSignal(jobs.forgotten, timeout=WAIT_MS):
        jobs.forget(EYES)
    assert jobs.states == {}


def test_all_ends_with_the_program(line: Line, qtbot: QtBot) -> None:
    line.say(install=[(step(GB), WAIT)], verify=[(DEAF, step(GB), WAIT)])
    jobs = Jobs(command=line.command, patience_ms=50)
    seen = Seen(jobs, qtbot)
    jobs.start(EYES)
    jobs.start(check(SMALL))
    seen.until_it_tells(EYES)
    seen.until_it_tells(check(SMALL))
    told = len(seen.states)
    jobs.close()
    assert len(seen.states) == told and jobs.states == {}


def test_how_an_import_is_asked_for() -> None:
    model, projector = Path("/a/model.gguf"), Path("/a/mmproj.gguf")
    assert file_import(model, None).words == ("--gguf", "/a/model.gguf", "--json")
    assert file_import(model, projector).words == (
        *("--gguf", "/a/model.gguf", "--json"),
        *("--mmproj", "/a/mmproj.gguf"),
    )
    assert file_import(model, None, "-x y").words[-1] == "--name=-x y"
    assert file_import(model, None, "-x y").name == "-x y"
    assert bundle_import(Path("/a/bundle")).words == ("--json", "/a/bundle")
    assert {file_import(model, None).name, bundle_import(Path("/a/b")).name} == {"model", "b"}
