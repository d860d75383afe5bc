"""Pictures of the window's states, in each theme and language: `python -m tests.support.screens`.

They go to build/screens. No engine runs: it is played, so that all is there at once and the boxes
are where they belong. So is the microphone, which hears a sentence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import cast

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app.engine_bridge import EngineBridge
from app.engine_state import EngineState, Phase
from app.examples import FOLDER
from app.language import speak
from app.log.dialog import LogDialog
from app.log.logfile import LogFile
from app.main_window import MainWindow
from app.program_menu import ProgramMenu
from app.settings.dialog import SettingsDialog
from app.settings.store import SettingsStore
from app.sheet import Sheet
from app.sound.devices import portaudio
from app.store.archive import Archive
from app.theme import Theme
from app.voice.clip import Clip
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS
from engine.protocol import Transcribed
from engine.types import (
    Answer,
    BoxFound,
    EngineInfo,
    Event,
    Finished,
    GroundedBox,
    Message,
    Request,
    Sampling,
    Stats,
    TextDelta,
)
from tests.support.fake_portaudio import FakePortAudio, Stream
from tests.support.model_screens import model_states
from tests.support.speech import SAID, SAID_S, said

TARGET = Path(__file__).resolve().parents[2] / "build" / "screens"
LANGUAGES, THEMES = ("en", "zh_CN"), ("light", "dark")
PICTURE, CAT = FOLDER / "astronaut.jpg", FOLDER / "cat.jpg"
CAT_BOX, HEARD = Box(0.0, 0.0, 0.89, 1.0), "where is the cat"
TOLD = "A woman in an orange suit, a flag, a model of a rocket and a black helmet."
BOXES = {
    "A woman": Box(0.03, 0.02, 0.72, 1.0),
    "a flag": Box(0.0, 0.0, 0.19, 0.92),
    "a model of a rocket": Box(0.69, 0.0, 0.89, 0.57),
    "a black helmet": Box(0.54, 0.67, 0.98, 1.0),
}
INFO = EngineInfo(
    name="sightline-mini",
    version="2",
    bundle=Path("sightline-mini"),
    language_model="SmolLM2-135M",
    context=4096,
    n_embd=576,
    tasks=tuple(task for task in TASKS if task != "transcribe"),
    sees=True,
    device="cpu",
    sampling={},
)
LOADING = EngineState(Phase.LOADING, "Loading the model sightline-mini", 0.4)
READY = EngineState(Phase.READY, "SmolLM2-135M on cpu", info=INFO)
HEARING = replace(READY, info=replace(INFO, hears=True))
FAILED = EngineState(
    Phase.FAILED, "llm.gguf is cut short: 12 MB of 145 MB are there; install it again."
)


class PlayedEngine(EngineBridge):
    """Says what it is told to say, in its place in the program."""

    def show(self, state: EngineState) -> None:
        self._change(state)

    def answer(self, request: Request) -> None:
        stats = Stats(prefill_tokens=180, decode_tokens=60)
        told = TOLD
        for event in _answer(request.id, request.messages[-1].task):
            told = event.text if isinstance(event, TextDelta) else told
            self.event_arrived.emit(event)
        self.event_arrived.emit(Finished(request.id, Answer(told, TOLD, stats=stats)))

    def transcribe(self, name: str, path: Path) -> None:
        self.event_arrived.emit(Transcribed(name, HEARD))

    def prepare(self, told: tuple[Message, ...]) -> None:
        """There is nothing to look at."""

    def sampling_of(self, task: str) -> Sampling:
        return Sampling()


def _answer(request: str, task: str) -> Iterator[Event]:
    if task == "refer":
        yield BoxFound(request, GroundedBox(CAT_BOX, image=1))
        return
    if task != "grounding":
        yield TextDelta(request, HEARD if task == "transcribe" else "no")
        return
    yield TextDelta(request, TOLD)
    for phrase, box in BOXES.items():
        start = TOLD.index(phrase)
        yield BoxFound(request, GroundedBox(box, phrase, start=start, end=start + len(phrase)))


def states(folder: Path, theme: Theme) -> Iterator[tuple[str, QWidget]]:
    """Each state of the window by its name, as long as the next is not asked for."""
    store, log = SettingsStore(folder / "settings.toml"), LogFile(folder / "sightline.log")
    bridge = PlayedEngine()
    window = MainWindow(theme, bridge, archive=Archive(folder / "data"))
    window.chat.add_to_header(ProgramMenu(window, theme, store=store, bridge=bridge, log=log))
    bridge.state_changed.connect(log.note_engine)
    complete: list[bool] = []
    window.completed.connect(lambda: complete.append(True))
    window.show()
    _until(lambda: bool(complete))
    bridge.show(LOADING)
    yield "loading", window
    bridge.show(READY)
    yield "empty", window
    window.open(PICTURE)
    _until(lambda: window.stage.path == PICTURE)
    for question in ("[grounding]", "[vqa] is there a cat?"):
        window.chat.suggest(question)
    window.spotlight.show(window.chat.controller.turns[0])
    yield "answered", window
    microphone = _talk(window)
    yield "talking", window
    microphone.hear_sound(said(44_100, 2, before_s=0.5, behind_s=0.4))
    _until(lambda: window.talk.strip.elapsed.text() == "0:01")
    yield "heard", window
    window.talk.leave()
    _ask_aloud(window, bridge, folder)
    yield "spoken", window
    bridge.show(READY)
    window.chat.ask_spoken(_said(folder))
    yield "checked", window
    window.chat.composer.clear()
    dialogs: tuple[tuple[str, Sheet], ...] = (
        ("settings", SettingsDialog(store, window)),
        ("log", LogDialog(log, store, bridge, window)),
    )
    for name, dialog in dialogs:
        dialog.open_beside()
        yield name, dialog
        dialog.close()
    yield from model_states(store, bridge, window, folder)
    bridge.show(FAILED)
    yield "failure", window
    window.close()


def _ask_aloud(window: MainWindow, bridge: PlayedEngine, folder: Path) -> None:
    """Ask aloud about another picture, and look what was heard and at half of it played."""
    bridge.show(HEARING)
    window.open(CAT)
    _until(lambda: window.stage.path == CAT)
    window.chat.composer.write("[refer] ")
    window.chat.ask_spoken(_said(folder))
    turn = window.chat.controller.turns[-1]
    window.chat.controller.show_heard(turn)
    clip = window.chat.transcript.card(turn).clips[0]
    _until(lambda: clip.length.text() != "0:00")
    clip.wave.chosen.emit(0.5)


def _said(folder: Path) -> Clip:
    """The sentence, as it comes from the microphone."""
    clip = folder / "said.wav"
    copyfile(SAID, clip)
    return Clip(clip, SAID_S)


def _talk(window: MainWindow) -> Stream:
    """Press the button; gives the microphone, which is open by then."""
    opened: list[bool] = []
    window.talk.recorder.opened.connect(lambda: opened.append(True))
    window.chat.composer.talk.click()
    _until(lambda: bool(opened))
    played = portaudio()
    assert isinstance(played, FakePortAudio)
    return played.streams[-1]


def _until(there: Callable[[], bool]) -> None:
    """Let the program go on until something is there, for ten seconds at most."""
    since = QElapsedTimer()
    since.start()
    while not there() and not since.hasExpired(10_000):
        QApplication.processEvents()


def photographed(widget: QWidget) -> QPixmap:
    """The widget as it is once everything has found its place."""
    for _ in range(5):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    return widget.grab()


def main() -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.modules["sounddevice"] = cast(ModuleType, FakePortAudio())
    application = QApplication([sys.argv[0]])
    theme = Theme(application)
    TARGET.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        speak(application, language)
        for scheme in THEMES:
            theme.choose(scheme, 100)
            with TemporaryDirectory() as folder:
                for state, widget in states(Path(folder), theme):
                    photographed(widget).save(str(TARGET / f"{state}-{scheme}-{language}.png"))
    print(f"The pictures are in {TARGET}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
