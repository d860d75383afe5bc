"""The language model's token embeddings, read from its GGUF file row by row.

llama.cpp takes a batch of token ids or of rows, never of both. A picture's regions are a row and a
few words each, so that its prompt would be read in dozens of small batches, which takes half as
long again. With the words looked up here, it is one batch of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType
from gguf.quants import dequantize, quant_shape_to_byte_shape
from numpy.typing import NDArray

from engine.bundle.gguf import GgufTensor
from engine.bundle.headers import read_gguf_tensor
from engine.seams import RowRun, Run, TokenRun

# Where llama.cpp's graph begins with the looked-up row itself. Some others scale it (gemma), add
# to it (gpt2) or read more than one table, and only for tokens.
_PLAIN = frozenset(("llama", "qwen2", "qwen3"))
_TENSOR = "token_embd.weight"


class TokenTable:
    """The embedding table at `place` of a file; only rows that are asked for are dequantized."""

    def __init__(self, path: Path, place: GgufTensor) -> None:
        self._type = GGMLQuantizationType(place.kind)
        shape = quant_shape_to_byte_shape(place.shape, self._type)
        self._bytes = np.memmap(path, np.uint8, "r", place.offset, shape)

    def rows(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """float32 [n, n_embd]."""
        found: NDArray[np.float32] = dequantize(self._bytes[list(ids)], self._type)
        return found


def token_table(path: Path, *, architecture: str) -> TokenTable | None:
    """The table of a language model.

    None where a token may not be given as its row, or the rows are of a type that can't be read
    here.
    """
    if architecture not in _PLAIN:
        return None
    place = read_gguf_tensor(path, _TENSOR)
    if place is None:
        return None
    table = TokenTable(path, place)
    try:
        table.rows((0,))
    except NotImplementedError:  # gguf's word for a type that it can't turn into numbers
        return None
    return table


def woven(runs: Sequence[Run], table: TokenTable) -> list[Run]:
    """The runs with everything from the first to the last rows as one run of rows."""
    places = [number for number, run in enumerate(runs) if isinstance(run, RowRun)]
    if len(places) < 2 or any(isinstance(run, RowRun) and run.layout for run in runs):
        return list(runs)
    first, last = places[0], places[-1] + 1
    rows = [table.rows(r.ids) if isinstance(r, TokenRun) else r.array for r in runs[first:last]]
    return [*runs[:first], RowRun("woven", np.concatenate(rows)), *runs[last:]]
