"""One running context of a model: the key-value cache, and reading entries into it."""

from __future__ import annotations

import ctypes
import logging
import weakref
from bisect import bisect_right
from collections.abc import Callable, Generator, Sequence

import numpy as np
from llama_cpp import llama_cpp as api
from numpy.typing import NDArray

from engine.errors import BundleError, EngineError, ResourceError
from engine.llama import native
from engine.llama.batch import Batcher
from engine.llama.hardware import free_memory
from engine.llama.ledger import Entry, after, common_prefix, entries, positions, span, whole
from engine.llama.model import Model
from engine.llama.table import token_table, woven
from engine.seams import Cancelled, Prefilled, RowRun, Run

_log = logging.getLogger(__name__)

_BATCH = 512  # entries a step of prefill; between two steps a GPU, too, can be stopped
_SMALLEST = 512  # a context under this is of no use to anyone
_ROUND = 256  # llama.cpp pads the context to this
_ABORTED = 2
_NO_SLOT = 1


class Context:
    """A key-value cache of sequence 0 and the list of what it holds. Not for two threads at once.

    `n_ctx` is what was wanted or what memory allows, whichever is less. A block of up to `block`
    rows can be read at once. Attention rounds keys and values to float16, unless `exact`. Raises
    ResourceError where not even a small context fits.
    """

    def __init__(
        self, model: Model, *, n_ctx: int, threads: int, block: int = 0, exact: bool = False
    ) -> None:
        self._model = model
        batch = max(_BATCH, block)
        self.handle, self.n_ctx = _create(model, n_ctx, threads=threads, batch=batch, exact=exact)
        self._free = weakref.finalize(self, api.llama_free, self.handle)
        self._memory = api.llama_get_memory(self.handle)
        self._batcher = Batcher(batch, n_embd=model.n_embd)
        self._most = batch
        self._table = token_table(model.path, architecture=model.architecture)
        self._held: list[Entry] = []
        # Each entry's position and that of the next one; not needed where they just count up.
        self._positions: list[int] | None = [0] if model.wants_positions else None
        self._warm_up()

    @property
    def held(self) -> Sequence[Entry]:
        """What the cache holds, in order."""
        return self._held

    def read(
        self, prompt: Sequence[Run], *, cancelled: Cancelled
    ) -> Generator[float, None, Prefilled]:
        """Makes the cache hold exactly `prompt`, with the logits of its last entry at hand.

        What the cache begins with already is kept. After a cancellation it holds what was read by
        then, which is a prefix of the prompt. Yields how much is done, 0..1, before each batch.
        """
        wanted = entries(prompt)
        prefix = min(common_prefix(self._held, wanted), len(wanted) - 1)
        cached = self._keep(whole(prompt, prefix))
        done = cached
        rest = after(prompt, cached)
        if self._table is not None:
            rest = woven(rest, self._table)
        at = None
        if self._positions is not None:
            self._positions = positions(prompt)
            at = self._positions[cached]
        with _Abortable(self.handle, cancelled):
            for run in rest:
                causal = self._is_causal(run)
                for batch in self._batcher.cut(run, logits=run is rest[-1], at=at):
                    yield (done - cached) / (len(wanted) - cached)
                    if cancelled() or not self._decode(batch, causal=causal):
                        return Prefilled(
                            cached, self._settle(wanted[:done]) - cached, complete=False
                        )
                    done += batch.n_tokens
                    self._held = wanted[:done]
                at = None if at is None else at + span(run)
        return Prefilled(cached, done - cached)

    def step(self, token: int) -> None:
        """Reads one token of the answer; its logits are at hand then."""
        if self._positions is None:
            self._decode(self._batcher.step(token))
        else:
            at = self._positions[-1]
            self._decode(self._batcher.step(token, at=at))
            self._positions.append(at + 1)
        self._held.append(token)

    def logits(self) -> NDArray[np.float32]:
        """The logits at hand [n_vocab]; valid until the next read or step."""
        pointer = api.llama_get_logits_ith(self.handle, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._model.n_vocab,))

    def close(self) -> None:
        """Frees the cache."""
        self._free()

    def _is_causal(self, run: Run) -> bool:
        """Whether the run is read as words are. Raises BundleError for a block that is too long."""
        if not isinstance(run, RowRun) or run.layout is None or run.layout.causal:
            return True
        if len(run.array) > self._most:
            raise BundleError(
                f"{self._model.path} must read a picture's {len(run.array)} rows at once and was "
                f"made ready for {self._most}; give a smaller picture."
            )
        return False

    def _decode(self, batch: api.llama_batch, *, causal: bool = True) -> bool:
        """Runs the batch; False where it was aborted."""
        if causal:
            status = api.llama_decode(self.handle, batch)
        else:
            api.llama_set_causal_attn(self.handle, False)
            status = api.llama_decode(self.handle, batch)
            api.llama_set_causal_attn(self.handle, True)
        if status == 0:
            return True
        said = native.complaints()
        if status == _ABORTED:
            return False
        self._keep(0)
        if status == _NO_SLOT:
            raise EngineError(f"The model's context of {self.n_ctx} tokens is full; ask anew.")
        if native.out_of_memory(said):
            raise ResourceError("Memory ran out while the model was reading; close other programs.")
        raise EngineError(f"llama.cpp failed with status {status} ({said}); ask again.")

    def _keep(self, count: int) -> int:
        """Drops all but the first `count` entries; returns how many stayed.

        Some architectures can't drop a part of their state; then nothing stays.
        """
        if count < len(self._held):
            first = count if self._positions is None else self._positions[count]
            if not api.llama_memory_seq_rm(self._memory, 0, first, -1):
                count = 0
        if count == 0:
            api.llama_memory_clear(self._memory, False)
        self._forget(count)
        return count

    def _forget(self, count: int) -> None:
        del self._held[count:]
        if self._positions is not None:
            del self._positions[count + 1 :]

    def _settle(self, read: list[Entry]) -> int:
        """After an abort: writes down what the cache still holds of `read`; returns how much.

        llama.cpp drops the batch in which it was stopped, and all that has positions in it: rows
        of one block may share one.
        """
        last = api.llama_memory_seq_pos_max(self._memory, 0)
        there = last + 1
        if self._positions is not None:
            there = bisect_right(self._positions, last, hi=len(self._positions) - 1)
        self._held = read
        self._forget(min(there, len(read)))
        return len(self._held)

    def _warm_up(self) -> None:
        """Touches every weight once, so that the first question does not wait for the disk."""
        api.llama_set_warmup(self.handle, True)
        first = self._model.bos or 0
        self._decode(self._batcher.step(first, at=None if self._positions is None else 0))
        api.llama_synchronize(self.handle)
        api.llama_set_warmup(self.handle, False)
        self._keep(0)


class _Abortable:
    """While open, `cancelled` is asked at every node of the graph; a step itself stays undisturbed.

    On a CPU a batch of a large model takes seconds, which is too long to wait for Stop; asking at
    each of an answer's tokens would cost a hundredth of its speed.
    """

    def __init__(self, context: api.llama_context_p, cancelled: Cancelled) -> None:
        self._context = context
        # llama.cpp keeps the address alone; this attribute keeps the object.
        self._callback = api.ggml_abort_callback(lambda _data: cancelled())

    def __enter__(self) -> None:
        self._set(self._callback)

    def __exit__(self, *_error: object) -> None:
        self._set(api.ggml_abort_callback())

    def _set(self, callback: Callable[[ctypes.c_void_p], bool]) -> None:
        api.llama_set_abort_callback(self._context, callback, ctypes.c_void_p(None))


def _create(
    model: Model, n_ctx: int, *, threads: int, batch: int, exact: bool
) -> tuple[api.llama_context_p, int]:
    """A context of the size wanted; where a GPU's memory is short, of half of it, and so on.

    In main memory there is no second try: llama.cpp ends the process where small things fail, too.
    """
    size = _affordable(model, min(n_ctx, model.trained_context))
    while size >= _SMALLEST:
        native.complaints()
        params = _params(model, size, threads, batch)
        if exact:  # the flash kernel rounds to float16 whatever the cache holds
            params.type_k = params.type_v = api.GGML_TYPE_F32
            params.flash_attn_type = api.LLAMA_FLASH_ATTN_TYPE_DISABLED
        handle = api.llama_init_from_model(model.handle, params)
        if handle:
            return handle, int(api.llama_n_ctx(handle))
        if not model.on_gpu:
            break
        _log.warning("No memory for a context of %d tokens; trying half of it", size)
        size //= 2
    raise ResourceError(
        f"There is not enough memory for the context of {model.path}; "
        "close other programs or choose a smaller model."
    )


def _affordable(model: Model, n_ctx: int) -> int:
    """The context in tokens, cut to half of the free memory where the system tells it."""
    free = free_memory()
    if free is None or model.on_gpu:
        return n_ctx
    return min(n_ctx, free // 2 // model.cache_bytes_per_token // _ROUND * _ROUND)


def _params(model: Model, n_ctx: int, threads: int, batch: int) -> api.llama_context_params:
    params = api.llama_context_default_params()
    params.n_ctx = n_ctx
    params.n_batch = params.n_ubatch = batch
    params.n_threads = params.n_threads_batch = threads
    # Without layers there, a GPU would still be used for large batches.
    params.offload_kqv = params.op_offload = model.on_gpu
    return params
