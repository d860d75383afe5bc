"""Encoded pictures and recordings by their keys, the newest of them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from engine.errors import InputError
from engine.media.files import State, state
from engine.seams import Encoded, Rows

_T = TypeVar("_T")

CACHE_BYTES = 256 * 2**20
"""How much the rows kept in memory may take: over a thousand pictures of sightline-mini."""


class KeptRows:
    """Up to `CACHE_BYTES` of rows, and in any case the newest. Not for two threads at once.

    `salt` names all besides the file that the rows depend on; with its content it makes their key.
    """

    def __init__(self, salt: str) -> None:
        self._salt = salt.encode()
        self._kept: OrderedDict[str, Encoded] = OrderedDict()
        self._size = 0
        self._keys: dict[Path, tuple[str, State | None]] = {}

    def of(
        self, path: Path, read: Callable[[Path], _T], make: Callable[[_T, str], Encoded]
    ) -> Encoded:
        """What is kept of the file, if its content is known; else what `make` makes, under the key
        that it is given, of what `read` read.

        Raises what the two raise, and InputError where the file can't be read.
        """
        now = state(path)
        key, before = self._keys.get(path, ("", None))
        if before != now or key not in self._kept:
            content = read(path)  # before its hash: what is no such file may be of any size
            key = self._hash(path)
            if key not in self._kept:
                self._keep(make(content, key))
            self._keys[path] = (key, now)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _hash(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, partial(hashlib.sha256, self._salt)).hexdigest()
        except OSError as error:
            raise InputError(
                f"{path} can't be read ({error.strerror}); give another file."
            ) from error

    def _keep(self, encoded: Encoded) -> None:
        """Keeps it, and lets the oldest go where there is no room."""
        self._kept[encoded.key] = encoded
        self._size += _bytes(encoded)
        while self._size > CACHE_BYTES and len(self._kept) > 1:
            self._size -= _bytes(self._kept.popitem(last=False)[1])


def _bytes(encoded: Encoded) -> int:
    return sum(piece.array.nbytes for piece in encoded.pieces if isinstance(piece, Rows))
