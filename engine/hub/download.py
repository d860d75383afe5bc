"""One file from the hub to the disk: gone on with where it stopped, checked when it is whole."""

from __future__ import annotations

import errno
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from engine.errors import HubError, ResourceError
from engine.hub.files import HubFile
from engine.inventory import amount

_TRIES = 6  # in a row that bring nothing
_LONGEST_PAUSE_S = 8.0
_BLOCK = 1 << 20
_PART = ".part"

Count = Callable[[int], None]


class Interrupted(Exception):
    """The connection broke or gave nothing for too long; what came is good and can be gone on with.

    The message is what happened, for the person.
    """


class Source(Protocol):
    """Where the bytes of a repository's files come from."""

    def open(
        self, file: HubFile, start: int
    ) -> AbstractContextManager[tuple[int, Iterator[bytes]]]:
        """The file from byte `start` on, or from the earlier byte that is given back.

        Raises Interrupted, also while the bytes are read, and HubError.
        """


def kept(file: HubFile, folder: Path) -> int:
    """How many bytes of the file lie in the folder already, from earlier."""
    for path in (folder / file.name, _part(folder / file.name)):
        if path.is_file():
            return min(path.stat().st_size, file.bytes)
    return 0


def download(
    source: Source,
    file: HubFile,
    folder: Path,
    count: Count,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """The file in the folder, under its own name as soon as it has its size.

    What lies there from an earlier try is gone on with. `count` hears of every byte that comes.
    Raises HubError when nothing comes any more, ResourceError where the disk is full; what came
    stays for the next try.
    """
    target = folder / file.name
    if target.is_file():
        return target
    part = _part(target)
    part.parent.mkdir(parents=True, exist_ok=True)
    fruitless = 0
    while (have := _size(part)) != file.bytes or not part.exists():
        reason = "the connection ended early"
        try:
            _append(source, file, part, count)
        except Interrupted as error:
            reason = str(error)
        except OSError as error:
            raise _no_room(error, target) from error
        fruitless = 0 if _size(part) > have else fruitless + 1
        if fruitless >= _TRIES:
            raise HubError(
                f"{file.name} could not be downloaded ({reason}); check the connection and give "
                "the command again: it goes on where it stopped."
            )
        if _size(part) != file.bytes:
            pause(min(_LONGEST_PAUSE_S, 2.0**fruitless))
    part.replace(target)
    return target


def verify(path: Path, file: HubFile, count: Count) -> None:
    """Read the whole file and compare its hash with the hub's.

    Raises HubError where it differs; the file is deleted then.
    """
    digest = hashlib.sha256()
    if file.sha256 is None:
        # git's name of a blob: its length and content by SHA-1, which nobody's safety rests on.
        digest = hashlib.sha1(f"blob {file.bytes}\0".encode(), usedforsecurity=False)
    with path.open("rb") as content:
        while block := content.read(_BLOCK):
            digest.update(block)
            count(len(block))
    found, expected = digest.hexdigest(), file.sha256 or file.blob
    if expected is not None and found != expected:
        path.unlink()
        raise HubError(
            f"{file.name} is damaged: its hash is {found[:12]}..., and the hub says "
            f"{expected[:12]}...; it was deleted, so give the command again."
        )


def _append(source: Source, file: HubFile, part: Path, count: Count) -> None:
    """Whatever one connection gives, behind what is there."""
    have = _size(part)
    if have > file.bytes:
        part.unlink()
        count(-file.bytes)
        have = 0
    with source.open(file, have) as (start, blocks), part.open("ab", buffering=0) as out:
        if start != have:
            out.truncate(start)
            count(start - have)
        left = file.bytes - start
        for block in blocks:
            useful = block[:left]
            # A raw file may write less than it is given, when the disk is full.
            written = out.write(useful) or 0
            count(written)
            left -= written
            if written < len(useful):
                raise OSError(errno.ENOSPC, "the disk took a part only")
            if left == 0:
                return


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}{_PART}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _no_room(error: OSError, target: Path) -> ResourceError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResourceError(
            f"The disk of {target.parent} is full; make room and give the command again: what was "
            "downloaded is kept."
        )
    return ResourceError(f"{target} can't be written ({error.strerror}); check the folder.")


def check_room(folder: Path, needed: int, *, free: int) -> None:
    """Raises ResourceError where the disk of `folder` has less free than is needed, in bytes."""
    if needed > free:
        raise ResourceError(
            f"The download needs {amount(needed)} and the disk of {folder} has {amount(free)} "
            f"free; make {amount(needed - free)} of room, or choose a smaller model."
        )
