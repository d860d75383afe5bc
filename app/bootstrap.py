"""From the command to the window: shown first, then the engine is started."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.engine_bridge import EngineBridge
from app.engine_state import EngineState, Phase
from app.language import speak
from app.log.logfile import LogFile, log_file
from app.main_window import MainWindow
from app.opener import Opener
from app.program_menu import ProgramMenu
from app.second_start import Reception, place_of
from app.settings.effects import Effects
from app.settings.file import read_settings, settings_file
from app.settings.store import SettingsStore
from app.showcase import Showcase
from app.start import EXIT_ON_READY, EXIT_ON_SHOWN, data_folder, is_alone, no_display
from app.store.archive import Archive
from app.theme import Theme
from engine.errors import InputError
from engine.prompt.tasks import TASKS, Task, own_tasks

ROOT = Path(__file__).resolve().parents[1]


def main(files: Sequence[Path] = ()) -> int:
    """Open a window with the files and stay until it is closed. Gives the exit status.

    On Linux without a display, the example conversation is rendered off screen instead and its
    picture is saved.
    """
    off_screen, alone = no_display(), is_alone()
    if off_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = _application()
    settings = SettingsStore(settings_file())
    theme = Theme(application, scheme=settings.now.theme, percent=settings.now.text_size)
    log = LogFile(log_file())
    bridge = EngineBridge(log=log.path)
    bridge.state_changed.connect(log.note_engine)
    chosen = data_folder(settings.now)
    folder = Path(mkdtemp(prefix="sightline-")) if off_screen else chosen
    window = MainWindow(theme, bridge, archive=Archive(folder), tasks=_tasks())
    menu = ProgramMenu(window, theme, store=settings, bridge=bridge, log=log)
    window.chat.add_to_header(menu)
    for problem in settings.problems:
        log.note(problem, error=True)
        window.chat.say(problem)
    Effects(settings, theme, bridge)
    window.shown.connect(lambda: _painted(application, bridge))
    bridge.state_changed.connect(lambda state: _engine_changed(application, state))
    opener, reception = Opener(window, settings), Reception(place_of(chosen))
    reception.came.connect(opener.take)
    application.lastWindowClosed.connect(reception.close)
    if not alone:
        window.shown.connect(lambda: QTimer.singleShot(0, reception, reception.open))
    window.show()
    if off_screen:
        showcase = Showcase(window, _screenshot(), application.exit)
        showcase.start(bridge.state_changed.connect)
    elif not (files and opener.open(files)):
        window.shown.connect(lambda: QTimer.singleShot(0, window, window.history.resume))
    status = application.exec()
    bridge.close()
    if off_screen:
        rmtree(folder, ignore_errors=True)
    return status


def _application() -> QApplication:
    """Qt's side of the program, in the person's language."""
    application = QApplication([sys.argv[0]])
    application.setApplicationName("sightline")
    application.setApplicationDisplayName("Sightline")
    application.setDesktopFileName("sightline")
    # Ctrl+C in the terminal ends the program as it does any other.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Read for the language alone: what is wrong in the file is then said in it.
    speak(application, read_settings(settings_file()).settings.language)
    return application


def _painted(application: QApplication, bridge: EngineBridge) -> None:
    """The window was painted: only now may the engine take the processor."""
    if os.environ.get(EXIT_ON_SHOWN):
        application.exit(0)
    else:
        QTimer.singleShot(0, bridge, bridge.start)


def _engine_changed(application: QApplication, state: EngineState) -> None:
    if os.environ.get(EXIT_ON_READY) and state.phase is not Phase.LOADING:
        application.exit(0 if state.phase is Phase.READY else 1)


def _tasks() -> Mapping[str, Task]:
    """The tasks with the person's own; of a faulty file the engine tells when it has read it."""
    try:
        return own_tasks()
    except InputError:
        return TASKS


def _screenshot() -> Path:
    """In a working copy its build folder, else the person's cache."""
    if (ROOT / "pyproject.toml").is_file():
        return ROOT / "build" / "screenshot.png"
    from platformdirs import user_cache_path

    return user_cache_path("sightline", appauthor=False) / "screenshot.png"
