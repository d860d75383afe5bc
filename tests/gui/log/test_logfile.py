"""The log's file: lines with a time, kept short, never in the way."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from app.engine_bridge import REPLACED
from app.engine_state import EngineState, Phase
from app.log.logfile import MOST, SHOWN, LogFile
from tests.support.recording import INFO


def _logged(path: Path) -> LogFile:
    return LogFile(path, now=lambda: datetime(2030, 1, 2, 3, 4, 5))


def test_a_line_has_its_time_and_stays_a_line(tmp_path: Path) -> None:
    log = _logged(tmp_path / "logs" / "a.log")
    log.note("One.\nTwo.")
    assert log.text() == "2030-01-02 03:04:05  One. Two.\n"
    assert log.last_error == ""
    log.note("It broke.", error=True)
    assert log.last_error == "It broke."


@pytest.mark.parametrize(
    ("state", "line", "error"),
    [
        (EngineState(Phase.LOADING, "Loading."), "Loading.", ""),
        (EngineState(Phase.LOADING, "Loading.", 0.5), "", ""),
        (EngineState(Phase.LOADING, "Crashed.", restarted=True), "Crashed.", "Crashed."),
        (EngineState(Phase.LOADING, REPLACED, restarted=True), REPLACED, ""),
        (EngineState(Phase.LOADING, "Loading.", 0.0, restarted=True), "Loading.", ""),
        (EngineState(Phase.LOADING, "Loading.", 0.5, restarted=True), "", ""),
        (EngineState(Phase.FAILED, "Damaged."), "Damaged.", "Damaged."),
        (
            EngineState(Phase.READY, "llama on cpu", info=INFO),
            "The model tiny is ready: llama on cpu",
            "",
        ),
    ],
)
def test_the_engine_is_written_down(
    tmp_path: Path, state: EngineState, line: str, error: str
) -> None:
    log = _logged(tmp_path / "a.log")
    log.note_engine(state)
    assert log.text().partition("  ")[2].strip() == line
    assert log.last_error == error


def test_a_long_log_is_begun_anew_and_its_end_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("x" * 99 + "\n" + "first half of a line " * (SHOWN // 20) + "\nlast\n")
    assert _logged(path).text() == "last\n"
    path.write_text("x" * (MOST + 1))
    log = _logged(path)
    assert log.text() == ""
    assert (tmp_path / "a.old.log").stat().st_size == MOST + 1


def test_a_log_that_can_not_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = _logged(tmp_path / "file" / "a.log")
    log.note("One.", error=True)
    assert (log.text(), log.last_error) == ("", "One.")
