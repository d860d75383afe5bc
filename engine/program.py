"""How this program starts processes of itself, from a checkout and packaged."""

from __future__ import annotations

import sys
from pathlib import Path


def is_packaged() -> bool:
    """Whether PyInstaller packaged this program: there is no Python of its own then."""
    return bool(getattr(sys, "frozen", False))


def own_command(module: str) -> list[str]:
    """The command of a process that runs this module of ours as its program.

    A packaged program reads the same words itself (packaging/frozen.py). On Windows the window is a
    program of its own, without a console; the other processes need the one that can read and write.
    """
    if is_packaged():
        program = Path(sys.executable)
        return [str(program.with_name(f"sightline{program.suffix}")), "-m", module]
    # -P: a folder called app or engine where the person happens to be is not ours.
    return [sys.executable, "-P", "-m", module]
