"""The other implementation: a GGUF and its mmproj file run by libmtmd's own helper.

What llama-mtmd-cli does: the prompt with a mark for each picture or recording is tokenized and
evaluated by mtmd's helper in a new context, and the likeliest token is taken each time.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as api
from llama_cpp import mtmd_cpp as mtmd
from numpy.typing import NDArray

from engine.llama import native
from tests.support.tiny_mtmd import CONTEXT, Pair

MARK = "<__media__>"
_BATCH = 512
Media = NDArray[np.uint8] | NDArray[np.float32]
"""A picture, RGB [height, width, 3], or the samples of a recording."""


class Reference:
    """A model and its projector; nothing is kept between two answers."""

    def __init__(self, pair: Pair) -> None:
        native.start()
        native.take_log(mtmd.mtmd_helper_log_set)
        self._known: dict[tuple[str, int], NDArray[np.float32]] = {}
        model = api.llama_model_default_params()
        model.n_gpu_layers = 0
        self._model = api.llama_model_load_from_file(_name(pair.gguf), model)
        self._vocabulary = api.llama_model_get_vocab(self._model)
        params = mtmd.mtmd_context_params_default()
        params.use_gpu = params.print_timings = False
        params.n_threads = 1
        self._mtmd = mtmd.mtmd_init_from_file(_name(pair.mmproj), self._model, params)

    def answer(
        self, prompt: str, media: Sequence[Media], *, tokens: int, eval_chunks: bool = False
    ) -> list[bytes]:
        """The tokens behind a prompt in the model's format, which has a mark for each of `media`.

        `eval_chunks` leaves all to the one helper function, which encodes each picture anew.
        """
        params = api.llama_context_default_params()
        params.n_ctx = CONTEXT
        params.n_batch = params.n_ubatch = _BATCH
        params.n_threads = params.n_threads_batch = 1
        context = api.llama_init_from_model(self._model, params)
        at = ctypes.c_int32(0)
        with self._chunks(prompt, media) as chunks:
            if eval_chunks:
                status = mtmd.mtmd_helper_eval_chunks(
                    self._mtmd, context, chunks, 0, 0, _BATCH, True, ctypes.byref(at)
                )
                assert status == 0
            else:
                self._evaluate(context, chunks, media, at)
        written = self._continue(context, at.value, tokens)
        api.llama_free(context)
        return written

    def rows(self, media: Media) -> NDArray[np.float32]:
        """The rows of a picture or recording, [n, n_embd]."""
        with self._chunks(MARK, [media]) as chunks:
            parts = (
                mtmd.mtmd_input_chunks_get(chunks, number)
                for number in range(mtmd.mtmd_input_chunks_size(chunks))
            )
            return np.concatenate([self._encoded(part) for part in parts if not _is_text(part)])

    def close(self) -> None:
        """Frees both files."""
        mtmd.mtmd_free(self._mtmd)
        api.llama_model_free(self._model)

    def _evaluate(
        self,
        context: api.llama_context_p,
        chunks: mtmd.mtmd_input_chunks_p,
        media: Sequence[Media],
        at: ctypes.c_int32,
    ) -> None:
        """What `mtmd_helper_eval_chunks` does, but for pictures that were encoded before."""
        shown = hashlib.sha256(b"".join(part.tobytes() for part in media)).hexdigest()
        found = 0
        count = mtmd.mtmd_input_chunks_size(chunks)
        for number in range(count):
            chunk = mtmd.mtmd_input_chunks_get(chunks, number)
            place, moved = at.value, ctypes.byref(at)
            if _is_text(chunk):
                last = number == count - 1
                status = mtmd.mtmd_helper_eval_chunk_single(
                    self._mtmd, context, chunk, place, 0, _BATCH, last, moved
                )
            else:
                key = (shown, found)
                found += 1
                if key not in self._known:
                    self._known[key] = self._encoded(chunk)
                pointer = self._known[key].ctypes.data_as(ctypes.POINTER(ctypes.c_float))
                nothing = mtmd.mtmd_helper_post_decode_callback()
                status = mtmd.mtmd_helper_decode_image_chunk(
                    self._mtmd, context, chunk, pointer, place, 0, _BATCH, moved, nothing, None
                )
            assert status == 0

    def _encoded(self, chunk: mtmd.mtmd_input_chunk_p) -> NDArray[np.float32]:
        assert mtmd.mtmd_encode_chunk(self._mtmd, chunk) == 0
        width = api.llama_model_n_embd_inp(self._model)
        shape = (mtmd.mtmd_input_chunk_get_n_tokens(chunk), width)
        return np.ctypeslib.as_array(mtmd.mtmd_get_output_embd(self._mtmd), shape).copy()

    @contextmanager
    def _chunks(self, prompt: str, media: Sequence[Media]) -> Iterator[mtmd.mtmd_input_chunks_p]:
        bitmaps = [_bitmap(part) for part in media]
        chunks = mtmd.mtmd_input_chunks_init()
        data = prompt.encode()
        text = mtmd.mtmd_input_text(data, len(data), True, True)
        array = (mtmd.mtmd_bitmap_p_ctypes * len(bitmaps))(*bitmaps)
        status = mtmd.mtmd_tokenize(self._mtmd, chunks, ctypes.byref(text), array, len(bitmaps))
        assert status == 0
        yield chunks
        mtmd.mtmd_input_chunks_free(chunks)
        for bitmap in bitmaps:
            mtmd.mtmd_bitmap_free(bitmap)

    def _continue(self, context: api.llama_context_p, at: int, tokens: int) -> list[bytes]:
        written = []
        batch = api.llama_batch_init(1, 0, 1)
        for _ in range(tokens):
            pointer = api.llama_get_logits_ith(context, -1)
            count = api.llama_vocab_n_tokens(self._vocabulary)
            token = int(np.ctypeslib.as_array(pointer, (count,)).argmax())
            if api.llama_vocab_is_eog(self._vocabulary, token):
                break
            buffer = ctypes.create_string_buffer(64)
            length = api.llama_token_to_piece(self._vocabulary, token, buffer, 64, 0, False)
            written.append(buffer.raw[: max(0, length)])
            batch.n_tokens = 1
            batch.token[0], batch.pos[0], batch.logits[0] = token, at, 1
            batch.n_seq_id[0], batch.seq_id[0][0] = 1, 0
            assert api.llama_decode(context, batch) == 0
            at += 1
        api.llama_batch_free(batch)
        return written


def _is_text(chunk: mtmd.mtmd_input_chunk_p) -> bool:
    return bool(mtmd.mtmd_input_chunk_get_type(chunk) == mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT)


def _bitmap(media: Media) -> mtmd.mtmd_bitmap_p:
    whole = np.ascontiguousarray(media)
    if whole.dtype == np.float32:
        floats = whole.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        return mtmd.mtmd_bitmap_init_from_audio(len(whole), floats)
    height, width = whole.shape[:2]
    pixels = whole.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
    return mtmd.mtmd_bitmap_init(width, height, pixels)


def _name(path: Path) -> bytes:
    return str(path).encode()
