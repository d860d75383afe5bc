"""From the command to the window: shown first, then the engine is started."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from app.engine_bridge import EngineBridge
from app.engine_state import EngineState, Phase
from app.language import speak
from app.log.logfile import LogFile, log_file
from app.main_window import MainWindow
from app.program_menu import ProgramMenu
from app.settings.file import read_settings, settings_file
from app.settings.store import SettingsStore
from app.start import EXIT_ON_READY, EXIT_ON_SHOWN, data_folder, is_alone, no_display
from app.store.archive import Archive
from app.texts import translate
from app.theme import Theme
from engine.errors import InputError
from engine.prompt.tasks import TASKS, Task, own_tasks

if TYPE_CHECKING:
    from app.introduction import Introduction
    from app.opener import Opener

ROOT = Path(__file__).resolve().parents[1]


def main(files: Sequence[Path] = ()) -> int:
    """Open a window with the files and stay until it is closed. Gives the exit status.

    On Linux without a display, the example conversation is rendered off screen instead and its
    picture is saved.
    """
    off_screen = no_display()
    application = _application(off_screen=off_screen)
    settings = SettingsStore(settings_file())
    theme = Theme(application, scheme=settings.now.theme, percent=settings.now.text_size)
    log = LogFile(log_file())
    bridge = EngineBridge(log=log.path)
    chosen = data_folder(settings.now)
    folder = _passing_folder() if off_screen else chosen
    window = MainWindow(theme, bridge, archive=Archive(folder), tasks=_tasks())
    menu = ProgramMenu(window, theme, store=settings, bridge=bridge, log=log)
    window.chat.add_to_header(menu)

    def begin() -> None:
        """All of the window is there: only now may the engine take the processor."""
        from app.settings.effects import Effects

        gc.freeze()
        gc.enable()
        bridge.state_changed.connect(log.note_engine)
        bridge.state_changed.connect(lambda state: _engine_changed(application, state))
        _tell_problems(settings, log, window)
        Effects(settings, theme, bridge, window.talk)
        bridge.start()
        introduction, opener = _completed(menu, window), _opener(window, menu, chosen)
        if off_screen:
            _show_example(window, bridge, application)
        elif files and opener.open(files):
            return
        elif not window.history.resume() and settings.now.introduction == "due":
            introduction.begin()
            settings.change(introduction="seen")

    window.completed.connect(begin)
    if os.environ.get(EXIT_ON_SHOWN):
        window.shown.connect(application.quit)
    window.show()
    status = application.exec()
    bridge.close()
    if off_screen:
        _remove(folder)
    return status


def _application(*, off_screen: bool) -> QApplication:
    if off_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Ctrl+C in the terminal ends the program as it does any other.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # As an argument: `setStyle` gives the style back, and a class for it takes long to make.
    application = QApplication([sys.argv[0], "-style", "Fusion"])
    application.setApplicationName("sightline")
    application.setApplicationDisplayName("Sightline")
    application.setDesktopFileName("sightline")
    # Read for the language alone: what is wrong in the file is then said in it.
    speak(application, read_settings(settings_file()).settings.language)
    return application


def _completed(menu: ProgramMenu, window: MainWindow) -> Introduction:
    """The entries of the menu that need all of the window."""
    from app.export.corrections import TEXT as CORRECTIONS_TEXT
    from app.introduction import Introduction

    menu.offer(translate("export", CORRECTIONS_TEXT), window.corrections.ask)
    introduction = Introduction(window)
    menu.introduction_wanted.connect(lambda: introduction.begin(focus=True))
    return introduction


def _opener(window: MainWindow, menu: ProgramMenu, folder: Path) -> Opener:
    """What opens files in the window, those of later starts among them."""
    from app.opener import Opener
    from app.second_start import Reception, place_of

    opener = Opener(window, menu.models)
    if not is_alone():
        reception = Reception(place_of(folder), window)
        reception.came.connect(opener.take)
        window.closed.connect(reception.close)
        reception.open()
    return opener


def _tell_problems(settings: SettingsStore, log: LogFile, window: MainWindow) -> None:
    for problem in settings.problems:
        log.note(problem, error=True)
        window.chat.say(problem)


def _show_example(window: MainWindow, bridge: EngineBridge, application: QApplication) -> None:
    from app.showcase import Showcase

    Showcase(window, _screenshot(), application.exit).start(bridge.state_changed.connect)


def _engine_changed(application: QApplication, state: EngineState) -> None:
    if os.environ.get(EXIT_ON_READY) and state.phase is not Phase.LOADING:
        application.exit(0 if state.phase is Phase.READY else 1)


def _tasks() -> Mapping[str, Task]:
    """The tasks with the person's own; of a faulty file the engine tells when it has read it."""
    try:
        return own_tasks()
    except InputError:
        return TASKS


def _passing_folder() -> Path:
    """A folder for an example, which is not kept."""
    from tempfile import mkdtemp

    return Path(mkdtemp(prefix="sightline-"))


def _remove(folder: Path) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)


def _screenshot() -> Path:
    """In a working copy its build folder, else the person's cache."""
    if (ROOT / "pyproject.toml").is_file():
        return ROOT / "build" / "screenshot.png"
    from platformdirs import user_cache_path

    return user_cache_path("sightline", appauthor=False) / "screenshot.png"
