"""Which names of files a bundle or a repository may have, on any system that it may land on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

_LONGEST = 200
# Names of devices on Windows, with or without an ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def is_plain(name: str) -> bool:
    """Whether it is a path with forward slashes that stays in its folder, on every system."""
    parts = name.split("/")
    return (
        0 < len(name) <= _LONGEST
        and name.isprintable()
        and not re.search(r'[\\:*?"<>|]', name)
        and not any(part in ("", ".", "..") or part[-1] in ". " for part in parts)
        and not any(_DEVICES.match(part) for part in parts)
        and str(PurePosixPath(name)) == name
    )


def alike(names: Iterable[str]) -> str | None:
    """A name that would be the same file as another one where case does not count; None if none."""
    counted = Counter(name.casefold() for name in names)
    return next((name for name, count in counted.items() if count > 1), None)


def printable(text: str) -> str:
    """Text of a stranger with a space for whatever a terminal would obey instead of showing."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def one_line(text: str, *, longest: int = 100) -> str:
    """Text of a stranger as it may be printed: in one line, without control characters, cut."""
    words = " ".join(printable(text).split())
    return words if len(words) <= longest else f"{words[:longest]}..."
