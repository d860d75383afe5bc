"""llama.cpp's batches, over memory that numpy already holds: nothing is copied entry by entry.

A batch without positions and sequence numbers goes on where the cache ends, in sequence 0; models
with M-RoPE want them said: one for a token, four for a row, the first of all rows first. All
entries of a batch are token ids or all are rows, so a prompt is read run by run.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np
from llama_cpp import llama_cpp as api
from numpy.typing import NDArray

from engine.errors import BundleError
from engine.seams import Run, TokenRun

_FLOATS = ctypes.POINTER(ctypes.c_float)
_TOKENS = ctypes.POINTER(ctypes.c_int32)
_FLAGS = ctypes.POINTER(ctypes.c_int8)
_POSITIONS = ctypes.POINTER(ctypes.c_int32)
_AXES = 4  # positions of a row


class Batcher:
    """Makes batches of at most `size` entries; rows must be `n_embd` wide.

    A batch is valid until the next one is made.
    """

    def __init__(self, size: int, *, n_embd: int) -> None:
        self._size = size
        self._n_embd = n_embd
        self._wanted = np.zeros(size, dtype=np.int8)
        self._token = (ctypes.c_int32 * 1)()
        self._step = api.llama_batch(n_tokens=1, token=ctypes.cast(self._token, _TOKENS))
        self._at = (ctypes.c_int32 * 1)()
        self._positions = np.empty(0, dtype=np.int32)

    def step(self, token: int, *, at: int | None = None) -> api.llama_batch:
        """One token whose logits are wanted: an answer's next step, at the position `at`."""
        self._token[0] = token
        if at is not None:
            self._at[0] = at
            self._step.pos = ctypes.cast(self._at, _POSITIONS)
        return self._step

    def cut(self, run: Run, *, logits: bool, at: int | None = None) -> Iterator[api.llama_batch]:
        """The run's batches in order; `logits` asks for those of the run's last entry.

        `at` is the position where the run begins, None for a model whose cache counts by itself.
        """
        values = self._values(run)
        places = None if at is None else _positions(run, at)
        for start in range(0, len(values), self._size):
            part = values[start : start + self._size]
            batch = _batch(part)
            if places is not None:
                self._positions = np.ascontiguousarray(places[..., start : start + len(part)])
                batch.pos = self._positions.ctypes.data_as(_POSITIONS)
            self._wanted[:] = 0
            self._wanted[len(part) - 1] = logits and start + len(part) == len(values)
            batch.logits = self._wanted.ctypes.data_as(_FLAGS)
            yield batch

    def _values(self, run: Run) -> NDArray[np.int32] | NDArray[np.float32]:
        """The run as llama.cpp reads it: int32 [n] or float32 [n, n_embd], contiguous."""
        if isinstance(run, TokenRun):
            return np.asarray(run.ids, dtype=np.int32)
        if run.array.shape[1:] != (self._n_embd,):  # it would read past the end of the memory
            raise BundleError(
                f"The encoder's rows have the shape {run.array.shape} and the language model takes "
                f"{self._n_embd} numbers a row; the bundle's parts do not belong together."
            )
        return np.ascontiguousarray(run.array, dtype=np.float32)


def _positions(run: Run, at: int) -> NDArray[np.int32]:
    """Where the run's entries stand: [n] of tokens, [4, n] of rows."""
    if isinstance(run, TokenRun):
        return np.arange(at, at + len(run.ids), dtype=np.int32)
    layout = run.layout
    if layout is None or layout.offsets is None or layout.moves is None:
        return np.tile(np.arange(at, at + len(run.array), dtype=np.int32), (_AXES, 1))
    return layout.offsets + layout.moves * np.int32(at)


def _batch(part: NDArray[np.int32] | NDArray[np.float32]) -> api.llama_batch:
    if part.dtype == np.int32:
        return api.llama_batch(n_tokens=len(part), token=part.ctypes.data_as(_TOKENS))
    return api.llama_batch(n_tokens=len(part), embd=part.ctypes.data_as(_FLOATS))
