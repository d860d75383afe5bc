"""The log's file: lines with a time, kept short, never in the way."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from app.engine_bridge import REPLACED
from app.engine_state import EngineState, Phase
from app.log.journal import MOST, SHOWN, Journal


def _journal(path: Path) -> Journal:
    return Journal(path, now=lambda: datetime(2030, 1, 2, 3, 4, 5))


def test_a_line_has_its_time_and_stays_a_line(tmp_path: Path) -> None:
    journal = _journal(tmp_path / "logs" / "a.log")
    journal.note("One.\nTwo.")
    assert journal.text() == "2030-01-02 03:04:05  One. Two.\n"
    assert journal.last_error == ""
    journal.note("It broke.", error=True)
    assert journal.last_error == "It broke."


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
            EngineState(Phase.READY, "llama on cpu", model="mini"),
            "The model mini is ready: llama on cpu",
            "",
        ),
    ],
)
def test_the_engine_is_written_down(
    tmp_path: Path, state: EngineState, line: str, error: str
) -> None:
    journal = _journal(tmp_path / "a.log")
    journal.note_engine(state)
    assert journal.text().partition("  ")[2].strip() == line
    assert journal.last_error == error


def test_a_long_log_is_begun_anew_and_its_end_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("x" * 99 + "\n" + "first half of a line " * (SHOWN // 20) + "\nlast\n")
    assert _journal(path).text() == "last\n"
    path.write_text("x" * (MOST + 1))
    journal = _journal(path)
    assert journal.text() == ""
    assert (tmp_path / "a.old.log").stat().st_size == MOST + 1


def test_a_log_that_can_not_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = _journal(tmp_path / "file" / "a.log")
    journal.note("One.", error=True)
    assert (journal.text(), journal.last_error) == ("", "One.")
