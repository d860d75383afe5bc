"""What a picture or recording must be before a decoder sees it: a file with bytes in it."""

from __future__ import annotations

import stat
from pathlib import Path

from engine.errors import InputError

State = tuple[int, int, int]


def check_file(path: Path, what: str) -> None:
    """Raises InputError where `path` is no file that can be opened (a pipe would never end).

    `what` is what the file should hold: "picture", "sound".
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"There is no file {path}; check the path.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be opened ({error}); give another file.") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} is a folder; give a {what} file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is not an ordinary file; save the {what} to one and give that.")
    if status.st_size == 0:
        raise InputError(f"{path} is empty; copy or download it again.")


def state(path: Path) -> State | None:
    """What changes when the file does; None where there is no file to ask."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
