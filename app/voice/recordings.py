"""Where recordings are while they are made and until they are kept with a conversation."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import time
from uuid import uuid4

_ABANDONED_S = 3600.0  # one that is older was left behind; a younger one may be another window's


def fresh(folder: Path) -> Path:
    """A name in the folder that no recording has."""
    return folder / f"{uuid4().hex}.wav"


def tidy(folder: Path) -> None:
    """Delete what a killed program left behind, and what was kept elsewhere since."""
    for path in folder.glob("*.wav"):
        with suppress(OSError):
            if path.stat().st_mtime < time() - _ABANDONED_S:
                path.unlink()
