"""llama.cpp's mtmd library: pictures and recordings -> rows, and the tokens that stand around them.

The low-level binding alone. llama-cpp-python's chat handlers, which are built on the same library,
empty the cache and encode every picture again at each call.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
from llama_cpp import mtmd_cpp as api
from numpy.typing import NDArray

from engine.bundle.mmproj import read_mmproj
from engine.bundle.runnable import check_projector
from engine.errors import BundleError, EngineError, ResourceError, no_memory_for
from engine.llama import native
from engine.llama.model import Model
from engine.media.audio import Samples
from engine.seams import Layout, Marks, Piece, Rows

_FLOATS = ctypes.POINTER(ctypes.c_float)
_BYTES = ctypes.POINTER(ctypes.c_uint8)
_LARGE = 8192  # pixels a side: more than any encoder looks at


class Mtmd:
    """An mmproj file in memory, beside its language model. Not for two threads at once.

    `rate` is how many samples a second of a recording it takes. Close it before the model. Raises
    BundleError where the file can't be used with this model, ResourceError where memory runs out.
    """

    def __init__(self, path: Path, model: Model, *, threads: int) -> None:
        start()
        self._step = read_mmproj(path).step
        check_projector(path)
        params = api.mtmd_context_params_default()
        params.use_gpu = model.on_gpu
        params.n_threads = threads
        params.print_timings = False
        native.complaints()
        handle = api.mtmd_init_from_file(str(path).encode(), model.handle, params)
        if not handle:
            raise _load_error(path)
        self._path = path
        self._width = model.n_embd
        self._handle = handle
        self._free = weakref.finalize(self, api.mtmd_free, handle)
        self._marker = bytes(api.mtmd_get_marker(handle))
        self._sees = bool(api.mtmd_support_vision(handle))
        self.rate = int(api.mtmd_get_audio_sample_rate(handle))

    def block(self) -> int:
        """Rows that the language model must read at once; 0 where it may read them as words."""
        if not self._sees or not api.mtmd_decode_use_non_causal(self._handle, None):
            return 0
        # Without pixels, mtmd only counts.
        with self._chunks(api.mtmd_bitmap_init(_LARGE, _LARGE, None)) as chunks:
            return int(max(map(api.mtmd_input_chunk_get_n_tokens, chunks)))

    def look(self, pixels: NDArray[np.uint8]) -> tuple[list[Piece], tuple[int, int] | None]:
        """The pieces of a picture, RGB [height, width, 3], and the size in which it was seen.

        That is width and height in pixels, None where mtmd does not say it.
        """
        height, width = pixels.shape[:2]
        whole = np.ascontiguousarray(pixels, dtype=np.uint8)
        made = api.mtmd_bitmap_init(width, height, whole.ctypes.data_as(_BYTES))
        with self._chunks(made) as chunks:
            return [self._piece(chunk) for chunk in chunks], self._size(chunks)

    def hear(self, samples: Samples) -> list[Piece]:
        """The pieces of a recording of `rate` samples a second."""
        whole = np.ascontiguousarray(samples, dtype=np.float32)
        made = api.mtmd_bitmap_init_from_audio(len(whole), whole.ctypes.data_as(_FLOATS))
        with self._chunks(made) as chunks:
            return [self._piece(chunk) for chunk in chunks]

    def close(self) -> None:
        """Frees the encoder."""
        self._free()

    @contextmanager
    def _chunks(self, bitmap: api.mtmd_bitmap_p) -> Iterator[list[api.mtmd_input_chunk_p]]:
        """What mtmd makes of a picture or recording before it is encoded; freed at the end."""
        made = api.mtmd_input_chunks_init()
        try:
            text = api.mtmd_input_text(self._marker, len(self._marker), False, True)
            one = (api.mtmd_bitmap_p_ctypes * 1)(bitmap)
            if api.mtmd_tokenize(self._handle, made, ctypes.byref(text), one, 1) != 0:
                raise EngineError(
                    f"{self._path} can't prepare this picture or recording "
                    f"({native.complaints()}); give another one."
                )
            count = api.mtmd_input_chunks_size(made)
            yield [api.mtmd_input_chunks_get(made, number) for number in range(count)]
        finally:
            api.mtmd_input_chunks_free(made)
            api.mtmd_bitmap_free(bitmap)

    def _piece(self, chunk: api.mtmd_input_chunk_p) -> Piece:
        kind = api.mtmd_input_chunk_get_type(chunk)
        count = api.mtmd_input_chunk_get_n_tokens(chunk)
        if kind == api.MTMD_INPUT_CHUNK_TYPE_TEXT:
            length = ctypes.c_size_t()
            ids = api.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(length))
            assert ids is not None
            return Marks(tuple(ids[: length.value]))
        if api.mtmd_encode_chunk(self._handle, chunk) != 0:
            said = native.complaints()
            if native.out_of_memory(said):
                raise ResourceError("Memory ran out at a picture or recording; close programs.")
            raise EngineError(f"{self._path} failed to encode ({said}); ask again.")
        found = api.mtmd_get_output_embd(self._handle)
        rows = np.ctypeslib.as_array(found, shape=(count, self._width)).copy()
        return Rows(rows, layout=self._layout(chunk, count))

    def _layout(self, chunk: api.mtmd_input_chunk_p, count: int) -> Layout | None:
        causal = not api.mtmd_decode_use_non_causal(self._handle, chunk)
        image = api.mtmd_input_chunk_get_tokens_image(chunk)
        if image is None or not api.mtmd_decode_use_mrope(self._handle):
            return None if causal else Layout(count, causal=False)
        first, next_ = _positions(image, 0, count), _positions(image, 1, count)
        taken = api.mtmd_input_chunk_get_n_pos(chunk)
        return Layout(taken, offsets=first, moves=next_ - first, causal=causal)

    def _size(self, chunks: Sequence[api.mtmd_input_chunk_p]) -> tuple[int, int] | None:
        images = [image for image in map(api.mtmd_input_chunk_get_tokens_image, chunks) if image]
        if len(images) != 1 or not api.mtmd_decode_use_mrope(self._handle):
            return None
        across = int(api.mtmd_image_tokens_get_nx(images[0]))
        down = int(api.mtmd_image_tokens_get_ny(images[0]))
        return across * self._step, down * self._step


@cache
def start() -> None:
    """Starts the library; every further call does nothing."""
    native.start()
    native.take_log(api.mtmd_helper_log_set)


def _positions(image: api.mtmd_image_tokens_p, at: int, count: int) -> NDArray[np.int32]:
    """Where llama.cpp puts the rows of a picture that begins at `at`: int32 [4, n]."""
    found = (api.mtmd_decoder_pos * count)()
    api.mtmd_helper_image_get_decoder_pos(image, at, found)
    table = np.frombuffer(found, dtype=np.uint32).reshape(count, 4)
    # As mtmd-helper.cpp orders them: time, height, width, and one that is kept for later.
    return np.ascontiguousarray(table[:, [0, 2, 1, 3]].T.astype(np.int32))


def _load_error(path: Path) -> EngineError:
    said = native.complaints()
    if native.out_of_memory(said):
        return no_memory_for(path)
    return BundleError(
        f"llama.cpp can't use {path} with this language model ({said}); "
        "give the mmproj file of this very model."
    )
