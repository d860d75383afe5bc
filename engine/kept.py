"""Encoded pictures and recordings by their keys, the newest of them."""

from __future__ import annotations

from collections import OrderedDict

from engine.seams import Encoded, Rows

CACHE_BYTES = 256 * 2**20
"""How much the rows kept in memory may take: over a thousand pictures of sightline-mini."""


class KeptRows:
    """Up to `CACHE_BYTES` of rows, and in any case the newest. Not for two threads at once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Encoded] = OrderedDict()
        self._size = 0

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def get(self, key: str) -> Encoded:
        """What was kept under the key, which is now the newest. Raises KeyError."""
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, encoded: Encoded) -> Encoded:
        """Keeps it, lets the oldest go where there is no room, and gives it back."""
        self._kept[encoded.key] = encoded
        self._size += _bytes(encoded)
        while self._size > CACHE_BYTES and len(self._kept) > 1:
            self._size -= _bytes(self._kept.popitem(last=False)[1])
        return encoded


def _bytes(encoded: Encoded) -> int:
    return sum(piece.array.nbytes for piece in encoded.pieces if isinstance(piece, Rows))
