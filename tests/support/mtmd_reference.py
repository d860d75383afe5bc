"""The other implementation: a GGUF and its mmproj file run by libmtmd's own helper.

What llama.cpp's programs do: the prompt with a mark for each picture or recording is tokenized and
evaluated by `mtmd_helper_eval_chunks` in a new context, and the likeliest token is taken each time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as api
from llama_cpp import mtmd_cpp as mtmd
from numpy.typing import NDArray

from engine.llama import native
from tests.support.tiny_mtmd import CONTEXT, Pair

MARK = "<__media__>"
Media = NDArray[np.uint8] | NDArray[np.float32]
"""A picture, RGB [height, width, 3], or the samples of a recording."""


class Reference:
    """A model and its projector; nothing is kept between two answers."""

    def __init__(self, pair: Pair) -> None:
        native.start()
        model = api.llama_model_default_params()
        model.n_gpu_layers = 0
        self._model = api.llama_model_load_from_file(_name(pair.gguf), model)
        self._vocabulary = api.llama_model_get_vocab(self._model)
        params = mtmd.mtmd_context_params_default()
        params.use_gpu = params.print_timings = False
        params.n_threads = 1
        self._mtmd = mtmd.mtmd_init_from_file(_name(pair.mmproj), self._model, params)

    def answer(self, prompt: str, media: Sequence[Media], *, tokens: int) -> str:
        """What is written behind a prompt in the model's format, a mark for each of `media`."""
        params = api.llama_context_default_params()
        params.n_ctx = CONTEXT
        params.n_batch = params.n_ubatch = 512
        params.n_threads = params.n_threads_batch = 1
        context = api.llama_init_from_model(self._model, params)
        chunks, bitmaps = self._tokenized(prompt, media)
        at = ctypes.c_int32(0)
        status = mtmd.mtmd_helper_eval_chunks(
            self._mtmd, context, chunks, 0, 0, 512, True, ctypes.byref(at)
        )
        assert status == 0
        written = self._continue(context, at.value, tokens)
        mtmd.mtmd_input_chunks_free(chunks)
        for bitmap in bitmaps:
            mtmd.mtmd_bitmap_free(bitmap)
        api.llama_free(context)
        return written.decode("utf-8", "replace").strip()

    def rows(self, media: Media) -> NDArray[np.float32]:
        """The rows of a picture or recording, [n, n_embd]."""
        chunks, (bitmap,) = self._tokenized(MARK, [media])
        width = api.llama_model_n_embd_inp(self._model)
        found = []
        for number in range(mtmd.mtmd_input_chunks_size(chunks)):
            chunk = mtmd.mtmd_input_chunks_get(chunks, number)
            if mtmd.mtmd_input_chunk_get_type(chunk) != mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
                assert mtmd.mtmd_encode_chunk(self._mtmd, chunk) == 0
                shape = (mtmd.mtmd_input_chunk_get_n_tokens(chunk), width)
                rows = np.ctypeslib.as_array(mtmd.mtmd_get_output_embd(self._mtmd), shape)
                found.append(rows.copy())
        mtmd.mtmd_input_chunks_free(chunks)
        mtmd.mtmd_bitmap_free(bitmap)
        return np.concatenate(found)

    def close(self) -> None:
        """Frees both files."""
        mtmd.mtmd_free(self._mtmd)
        api.llama_model_free(self._model)

    def _tokenized(
        self, prompt: str, media: Sequence[Media]
    ) -> tuple[mtmd.mtmd_input_chunks_p, list[mtmd.mtmd_bitmap_p]]:
        bitmaps = [_bitmap(part) for part in media]
        chunks = mtmd.mtmd_input_chunks_init()
        data = prompt.encode()
        text = mtmd.mtmd_input_text(data, len(data), True, True)
        array = (mtmd.mtmd_bitmap_p_ctypes * len(bitmaps))(*bitmaps)
        status = mtmd.mtmd_tokenize(self._mtmd, chunks, ctypes.byref(text), array, len(bitmaps))
        assert status == 0
        return chunks, bitmaps

    def _continue(self, context: api.llama_context_p, at: int, tokens: int) -> bytes:
        written = b""
        batch = api.llama_batch_init(1, 0, 1)
        for _ in range(tokens):
            pointer = api.llama_get_logits_ith(context, -1)
            count = api.llama_vocab_n_tokens(self._vocabulary)
            token = int(np.ctypeslib.as_array(pointer, (count,)).argmax())
            if api.llama_vocab_is_eog(self._vocabulary, token):
                break
            buffer = ctypes.create_string_buffer(64)
            length = api.llama_token_to_piece(self._vocabulary, token, buffer, 64, 0, False)
            written += buffer.raw[: max(0, length)]
            batch.n_tokens = 1
            batch.token[0], batch.pos[0], batch.logits[0] = token, at, 1
            batch.n_seq_id[0], batch.seq_id[0][0] = 1, 0
            assert api.llama_decode(context, batch) == 0
            at += 1
        api.llama_batch_free(batch)
        return written


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
