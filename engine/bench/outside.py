"""The figures that take processes of their own: the boundary, the start and the memory."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from engine.bench.question import REPEATS, STORY, Figures, request, token_ms, user
from engine.client import ClientEvent, EngineClient, Lost, host_command
from engine.engine import Engine
from engine.errors import EngineError
from engine.program import own_command
from engine.protocol import Failed, Loading, Ready, Transcribed
from engine.types import Event, Finished, Request

BARE_WINDOW = (
    "from PySide6.QtCore import QTimer; from PySide6.QtWidgets import QApplication, QWidget; "
    "a = QApplication([]); w = QWidget(); w.show(); QTimer.singleShot(0, a.quit); a.exec()"
)


def boundary(bundle: Path) -> Figures:
    """What the engine process adds to the time of a token of an answer; asked in turns."""
    with Engine.load(bundle) as engine, _process(bundle) as answer:
        pairs = [
            (token_ms(engine.answer(asked)), token_ms(answer(asked)))
            for asked in (request(user(STORY)) for _ in range(REPEATS))
        ]
    return {
        "in_process_ms": median(inside for inside, _ in pairs),
        "engine_process_ms": median(outside for _, outside in pairs),
        "added_ms": median(outside - inside for inside, outside in pairs),
    }


def start(bundle: Path) -> Figures:
    """Seconds from the command to the window, a bare window, and an engine that is ready."""
    window = own_command("app")
    bare, shown, ready = [], [], []
    with TemporaryDirectory() as folder:
        # The person's own settings and conversations stay as they are.
        own = {
            "SIGHTLINE_SETTINGS": str(Path(folder) / "settings.toml"),
            "SIGHTLINE_DATA": folder,
            "SIGHTLINE_BUNDLE": str(bundle),
        }
        for _ in range(REPEATS):
            bare.append(seconds([sys.executable, "-c", BARE_WINDOW]))
            shown.append(seconds(window, SIGHTLINE_EXIT_ON_SHOWN="1", **own))
            ready.append(seconds(window, SIGHTLINE_EXIT_ON_READY="1", **own))
    return {
        "window_s": median(shown),
        "bare_window_s": median(bare),
        "ratio": median(shown) / median(bare),
        "ready_s": median(ready),
    }


def memory(bundle: Path, picture: Path) -> Figures:
    """Peak memory in MB of a process that answers a question about a picture."""
    command = [*own_command("engine.bench.peak"), str(bundle), str(picture)]
    found: Figures = json.loads(run(command))
    rest = found["peak_mb"] - found["weights_mb"] - found["cache_mb"]
    return {**found, "besides_weights_and_cache_mb": rest}


@contextmanager
def _process(bundle: Path) -> Iterator[Callable[[Request], Iterator[Event]]]:
    """An engine process that is ready; gives a function that asks it."""
    told: queue.Queue[ClientEvent] = queue.Queue()
    client = EngineClient(host_command(bundle), told.put)

    def answer(asked: Request) -> Iterator[Event]:
        client.ask(asked)
        while True:
            event = told.get()
            if isinstance(event, Failed | Lost):
                raise EngineError(f"The engine process failed: {event.error}")
            assert not isinstance(event, Loading | Ready | Transcribed)
            yield event
            if isinstance(event, Finished):
                return

    client.start()
    try:
        while not isinstance(event := told.get(), Ready):
            if isinstance(event, Failed | Lost):
                raise EngineError(f"The engine process failed: {event.error}")
        yield answer
    finally:
        client.close()


def seconds(command: list[str], **environment: str) -> float:
    """How long a program runs that ends by itself; without a display, off the screen."""
    begun = perf_counter()
    run(command, **environment)
    return perf_counter() - begun


def run(command: list[str], **environment: str) -> str:
    whole = {"QT_QPA_PLATFORM": "offscreen", **os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=whole)
    if done.returncode != 0:
        raise EngineError(f"{' '.join(command[:4])} failed: {done.stderr[-500:].strip()}")
    return done.stdout
