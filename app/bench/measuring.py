"""What is done to the window, and how long each took."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.bench.filling import LONGEST
from app.bench.watch import LoopWatch, Stall, pause, until
from app.engine_bridge import EngineBridge
from app.engine_state import Phase
from app.main_window import MainWindow
from app.store.archive import Archive
from app.theme import Theme
from engine.types import AS_IT_SUITS

REPEATS = 5
SOUGHT = ("dog", "brown dog", "b", "the", "orange apple boat", "nowhere")
SMALL, LARGE = (1600, 1200), (6000, 4000)
SCRIPTED = [sys.executable, "-P", "-m", "engine.bench.scripted"]

Figures = dict[str, Any]


def measure(folder: Path, bundle: Path | None) -> Figures:
    """Drive a window over the conversations of that folder. Raises TimeoutError."""
    application = QApplication([sys.argv[0], "-style", "Fusion"])
    theme = Theme(application)
    driven = _Driven(application, theme, folder, EngineBridge(SCRIPTED))
    loading = EngineBridge()
    loading.place(bundle, AS_IT_SUITS)
    driven.bridge.start()
    if driven.bridge.state.phase is not Phase.READY:
        until(driven.bridge.state_changed)
    figures = {
        "search": driven.search(),
        "open_longest": driven.open_longest(),
        "stall_stream": driven.stream(_picture(folder / "small.jpg", SMALL)),
        "stall_picture": driven.drop(_picture(folder / "large.jpg", LARGE)),
    }
    driven.window.close()
    other = _Driven(application, theme, folder, loading)
    figures["stall_load"] = other.load()
    other.window.close()
    return figures


class _Driven:
    """A window that is shown and complete, and what one does with it."""

    def __init__(
        self, application: QApplication, theme: Theme, folder: Path, bridge: EngineBridge
    ) -> None:
        self.bridge = bridge
        self._application = application
        self._archive = Archive(folder)
        self._watch = LoopWatch()
        self.window = MainWindow(theme, bridge, archive=self._archive)
        self.window.show()
        until(self.window.completed)

    def search(self) -> Figures:
        """From the typed words to the list of what they are in."""
        took = {words: self._timed(partial(self._seek, words)) for words in SOUGHT}
        return {
            "ms": max(stall.ms for stall in took.values()),
            "work_ms": max(stall.work_ms for stall in took.values()),
            "median_ms": median(stall.ms for stall in took.values()),
        }

    def open_longest(self) -> Figures:
        """From the choice of the longest conversation to its newest turns on the screen."""
        store = self._archive.conversations
        (longest,) = store.search(LONGEST)
        other = store.page()[0].number
        took = []
        for _ in range(REPEATS):
            self.window.history.open(other)
            pause(50)
            took.append(self._timed(lambda: self.window.history.open(longest.number)))
        shown = len(self.window.chat.controller.turns)
        return {
            "ms": median(stall.ms for stall in took),
            "work_ms": median(stall.work_ms for stall in took),
            "turns": shown,
        }

    def stream(self, picture: Path) -> Figures:
        """The longest stall while thousands of words with boxes come in."""
        self.window.chat.controller.clear()
        self.window.bring([picture])
        until(self.window.stage.picture_shown)
        with self._watch:
            self.window.chat.suggest("[grounding]")
            (turn,) = self.window.chat.controller.turns
            while not turn.state.over:
                until(self.bridge.event_arrived)
            pause(200)
        seen = len(self.window.stage.view.boxes)
        return {**asdict(self._watch.longest), "characters": len(turn.answer.text), "boxes": seen}

    def drop(self, picture: Path) -> Figures:
        """The longest stall while a large picture is dropped, read, shown and kept."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(picture))])
        keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
        with self._watch:
            QApplication.sendEvent(self.window, QDragEnterEvent(QPoint(500, 300), *keys))
            QApplication.sendEvent(self.window, QDropEvent(QPointF(500, 300), *keys))
            until(self.window.stage.picture_shown)
            pause(1000)
        return asdict(self._watch.longest)

    def load(self) -> Figures:
        """The longest stall while a model is loaded."""
        with self._watch:
            self.bridge.start()
            while self.bridge.state.phase is Phase.LOADING:
                until(self.bridge.state_changed)
            pause(200)
        return {**asdict(self._watch.longest), "ready": self.bridge.state.phase is Phase.READY}

    def _seek(self, words: str) -> None:
        self.window.sidebar.search.setText(words)

    def _timed(self, act: Callable[[], None]) -> Stall:
        """How long it takes until what it does is on the screen."""
        begun, worked = perf_counter(), thread_time()
        act()
        for _ in range(3):  # what is done, laid out, and painted
            self._application.processEvents()
        return Stall((perf_counter() - begun) * 1000, (thread_time() - worked) * 1000)


def _picture(path: Path, size: tuple[int, int]) -> Path:
    """A picture of so many pixels with something in it."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    side = 40
    for across in range(0, size[0], side):
        for down in range(0, size[1], side):
            colour = QColor.fromHsv((across + down) // 7 % 360, 120 + down // side % 100, 200)
            painter.fillRect(across, down, side, side, colour)
    painter.end()
    image.save(str(path), "JPG", 90)  # type: ignore[call-overload]
    return path
