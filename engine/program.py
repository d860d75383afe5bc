"""How this program starts processes of itself."""

from __future__ import annotations

import sys


def own_command(module: str) -> list[str]:
    """The command of a process that runs this module of ours as its program."""
    # -P: a folder called app or engine where the person happens to be is not ours.
    return [sys.executable, "-P", "-m", module]
