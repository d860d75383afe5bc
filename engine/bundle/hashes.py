"""SHA-256 of large files, remembered between starts by the file's size and times."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import platformdirs

from engine.files import write_whole

_BLOCK = 1 << 20  # bytes that are read at once


def remembered_at() -> Path:
    """Where the hashes of this person's files are kept."""
    return platformdirs.user_cache_path("sightline", appauthor=False) / "hashes.json"


def sha256_of(
    path: Path, *, fresh: bool = False, read: Callable[[int], None] = lambda _count: None
) -> str:
    """The hash of the file's content in hexadecimal; read again if `fresh` or the file was touched.

    Touched means another size, time of modification or time of change (the last is not set back
    by tools that restore the second). `read` is told how many bytes more are done. Raises OSError
    where the file can't be read.
    """
    status = path.stat()
    stamp = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    key = str(path.resolve())
    known = _recall()
    if not fresh and (entry := known.get(key)) is not None and entry[:-1] == stamp:
        read(status.st_size)
        return str(entry[-1])
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            read(len(block))
    _remember({**known, key: [*stamp, digest.hexdigest()]})
    return digest.hexdigest()


def moved(before: Path, after: Path) -> None:
    """The folder `before` is at `after` now: what is known of its files goes with it."""
    old, new = before.resolve(), after.resolve()
    known = {Path(path): entry for path, entry in _recall().items()}
    _remember(
        {
            str(new / path.relative_to(old) if path.is_relative_to(old) else path): entry
            for path, entry in known.items()
        }
    )


def _recall() -> dict[str, list[object]]:
    """What was kept; nothing where the file is missing or was spoilt, which costs a second only."""
    try:
        known = json.loads(remembered_at().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {path: entry for path, entry in known.items() if isinstance(entry, list) and entry}


def _remember(known: dict[str, list[object]]) -> None:
    """Write them down; a full or read-only disk is no reason to refuse a model."""
    kept = {path: entry for path, entry in known.items() if Path(path).exists()}
    with contextlib.suppress(OSError):
        place = remembered_at()
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, json.dumps(kept).encode())
