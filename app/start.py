"""From the command on: the files go to the window that is open already, else one is opened.

Nothing of a window is loaded before that is known, so that a second start takes a moment only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.second_start import hand_over, place_of
from app.settings.file import read_settings, settings_file
from app.settings.schema import Settings

# For the benchmark: leave as soon as the window is painted, or the engine is ready.
EXIT_ON_SHOWN = "SIGHTLINE_EXIT_ON_SHOWN"
EXIT_ON_READY = "SIGHTLINE_EXIT_ON_READY"


def start(words: Sequence[str]) -> int:
    """Open the files `words`, in the window that is there or in a new one. Gives the exit status.

    A new one stays until it is closed.
    """
    files = [Path(word).absolute() for word in words]
    folder = data_folder(read_settings(settings_file()).settings)
    if not is_alone() and hand_over(place_of(folder), files):
        return 0
    from app.bootstrap import main

    return main(files)


def is_alone() -> bool:
    """Whether this start has nothing to do with others: it is measured, or only makes a picture."""
    return no_display() or bool(os.environ.get(EXIT_ON_SHOWN) or os.environ.get(EXIT_ON_READY))


def no_display() -> bool:
    """Whether there is no display to show a window on, and nobody chose a platform."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return False
    return not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def data_folder(settings: Settings) -> Path:
    """The environment's SIGHTLINE_DATA, else the one that the person chose, else the platform's."""
    chosen = os.environ.get("SIGHTLINE_DATA")
    if chosen:
        return Path(chosen)
    if settings.data_folder is not None:
        return settings.data_folder
    from platformdirs import user_data_path

    return user_data_path("sightline", appauthor=False)
