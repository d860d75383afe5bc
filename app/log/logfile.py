"""The log: a text file to which the window and the engine process add lines.

It holds what the program did; the window writes nothing into it of what a person shows and asks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from app.engine_bridge import REPLACED, STARTING
from app.engine_state import EngineState, Phase

MOST = 1_000_000  # bytes; a log past this becomes the old one
SHOWN = 200_000  # bytes of its end that are shown


def log_file() -> Path:
    """Where the log of this person's program is."""
    from platformdirs import user_log_path

    return user_log_path("sightline", appauthor=False) / "sightline.log"


class LogFile:
    """Owns the file. One that can't be written is no reason to stop anything."""

    def __init__(self, path: Path, *, now: Callable[[], datetime] = datetime.now) -> None:
        self.path = path
        self.last_error = ""
        self._now = now
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size > MOST:
                path.replace(path.with_suffix(".old.log"))

    def note(self, sentence: str, *, error: bool = False) -> None:
        """Add a line with the time; the last error is remembered."""
        if error:
            self.last_error = sentence
        line = f"{self._now():%Y-%m-%d %H:%M:%S}  {' '.join(sentence.split())}\n"
        with suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(line)

    def note_engine(self, state: EngineState) -> None:
        """Add what the engine says of itself, but not every step of a load."""
        if state.info is not None:
            self.note(f"The model {state.info.name} is ready: {state.text}")
        elif state.phase is Phase.FAILED or _was_lost(state):
            self.note(state.text, error=True)
        elif not state.done:
            self.note(state.text)

    def text(self) -> str:
        """The end of the log, from the beginning of a line."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - SHOWN))
                content = file.read()
        except OSError:
            return ""
        if size > SHOWN:
            content = content.partition(b"\n")[2]
        return content.decode("utf-8", "replace")


def _was_lost(state: EngineState) -> bool:
    """Whether an engine went by itself; another one is on its way."""
    return state.restarted and state.done is None and state.text not in (STARTING, REPLACED)
