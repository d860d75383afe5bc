"""The bare loop that the session's speed is measured against.

llama.cpp's C API called as a C program would call it: no cache list, no text, no events.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Sequence
from time import perf_counter

import numpy as np
from llama_cpp import llama_cpp as api
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.llama.decoder import LlamaDecoder
from engine.seams import Run, TokenRun, run_length

_BATCH = 512


class BareLoop:
    """A second context of the decoder's model, of the same size and with the same threads."""

    def __init__(self, decoder: LlamaDecoder) -> None:
        params = api.llama_context_default_params()
        params.n_ctx = decoder.n_ctx
        params.n_batch = params.n_ubatch = _BATCH
        params.n_threads = params.n_threads_batch = decoder.threads
        self._context = api.llama_init_from_model(decoder.model.handle, params)
        if not self._context:
            raise EngineError("There is no memory for a second context to compare with.")
        self._free = weakref.finalize(self, api.llama_free, self._context)
        self._memory = api.llama_get_memory(self._context)
        self._greedy = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
        api.llama_sampler_chain_add(self._greedy, api.llama_sampler_init_greedy())
        self._free_sampler = weakref.finalize(self, api.llama_sampler_free, self._greedy)

    def read(self, prompt: Sequence[Run]) -> float:
        """Seconds to read the prompt into an empty cache."""
        batches = [batch for run in prompt for batch in _batches(run)]
        api.llama_memory_clear(self._memory, False)
        start = perf_counter()
        for batch, _values in batches:
            self._decode(batch)
        api.llama_synchronize(self._context)
        return perf_counter() - start

    def answer(self, *, samples: int, steps: int) -> float:
        """Seconds to choose `samples` tokens and to read `steps` of them back."""
        token = (ctypes.c_int32 * 1)()
        batch = api.llama_batch_get_one(token, 1)
        start = perf_counter()
        for number in range(samples):
            token[0] = api.llama_sampler_sample(self._greedy, self._context, -1)
            if number < steps:
                self._decode(batch)
        return perf_counter() - start

    def close(self) -> None:
        """Frees the context."""
        self._free_sampler()
        self._free()

    def _decode(self, batch: api.llama_batch) -> None:
        if api.llama_decode(self._context, batch) != 0:
            raise EngineError("llama.cpp could not read the benchmark's prompt.")


def _batches(run: Run) -> list[tuple[api.llama_batch, object]]:
    """The run's batches, each with the memory that it points into."""
    starts = range(0, run_length(run), _BATCH)
    if isinstance(run, TokenRun):
        return [_tokens(run.ids[start : start + _BATCH]) for start in starts]
    return [_rows(run.array[start : start + _BATCH]) for start in starts]


def _rows(array: NDArray[np.float32]) -> tuple[api.llama_batch, object]:
    pointer = array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    return api.llama_batch(n_tokens=len(array), embd=pointer), array


def _tokens(ids: Sequence[int]) -> tuple[api.llama_batch, object]:
    array = (ctypes.c_int32 * len(ids))(*ids)
    return api.llama_batch_get_one(array, len(ids)), array
