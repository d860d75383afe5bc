"""Files written whole or not at all, and opened where they are files."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`, in a folder that is there. Raises OSError.

    Who reads it, or finds it after a crash, sees what was there before or all of this, never a
    part.
    """
    draft = path.with_name(f".{uuid4().hex}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def open_plain(path: Path) -> BinaryIO:
    """`path` for reading, where it is a file as one has them on a disk. Raises OSError.

    Another program's pipe would never be open, a device never end.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a file but something special", str(path))
    return file


def read_short(path: Path, *, at_most: int) -> bytes:
    """The content of a file of `at_most` bytes. Raises OSError, also where it is longer."""
    with open_plain(path) as file:
        content = file.read(at_most + 1)
    if len(content) > at_most:
        raise OSError(errno.EFBIG, f"longer than {at_most:,} bytes", str(path))
    return content
