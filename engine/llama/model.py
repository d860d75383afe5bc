"""A language model file (GGUF) in memory, and its vocabulary."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as api
from numpy.typing import NDArray

from engine.bundle.runnable import check_runnable
from engine.errors import BundleError, EngineError, no_memory_for
from engine.llama import native
from engine.prompt.chat import ChatFormat

_ALL_LAYERS = -1
_M_ROPE = (api.LLAMA_ROPE_TYPE_MROPE, api.LLAMA_ROPE_TYPE_IMROPE)
_CONTROL = api.LLAMA_TOKEN_ATTR_CONTROL | api.LLAMA_TOKEN_ATTR_UNKNOWN
_STOPS = frozenset(b".!\n")
_KV_BYTES = 2  # keys and values are held as float16


class Model:
    """Weights and vocabulary; owns llama.cpp's model until `close`.

    `on_gpu` tells whether it is on a GPU: where there is one and `gpu` does not forbid it. Raises
    BundleError where the file is no GGUF that llama.cpp can run, ResourceError where memory runs
    out.
    """

    def __init__(self, path: Path, *, gpu: bool = True) -> None:
        native.start()
        check_runnable(path)
        params = api.llama_model_default_params()
        self.on_gpu = gpu and native.has_gpu()
        params.n_gpu_layers = _ALL_LAYERS if self.on_gpu else 0
        native.complaints()
        handle = api.llama_model_load_from_file(str(path).encode(), params)
        if not handle:
            raise _load_error(path)
        self.path = path
        self.handle = handle
        self._free = weakref.finalize(self, api.llama_model_free, handle)
        self.vocabulary = api.llama_model_get_vocab(handle)
        self.n_embd: int = api.llama_model_n_embd_inp(handle)
        self.n_vocab: int = api.llama_vocab_n_tokens(self.vocabulary)
        self.trained_context: int = api.llama_model_n_ctx_train(handle)
        self._bytes: dict[int, bytes] = {}
        self._ends: dict[int, bool] = {}

    @property
    def bos(self) -> int | None:
        """The token that a prompt starts with, None where the file says that there is none."""
        wanted = api.llama_vocab_get_add_bos(self.vocabulary)
        return int(api.llama_vocab_bos(self.vocabulary)) if wanted else None

    @cached_property
    def chat(self) -> ChatFormat | None:
        """The chat template inside the file and the control tokens that it may write."""
        template = api.llama_model_chat_template(self.handle, None)
        if not template:
            return None
        return ChatFormat(
            template=template.decode("utf-8", "replace"),
            bos=self._text(api.llama_vocab_bos(self.vocabulary)),
            eos=self._text(api.llama_vocab_eos(self.vocabulary)),
            control=frozenset(
                filter(None, map(self._text, filter(self._controls, range(self.n_vocab))))
            ),
        )

    @property
    def wants_positions(self) -> bool:
        """Whether it has M-RoPE: positions of four numbers, which only who made the rows knows."""
        return int(api.llama_model_rope_type(self.handle)) in _M_ROPE

    @property
    def architecture(self) -> str:
        """llama.cpp's name for how the model is built, such as "llama"."""
        return self._value("general.architecture")

    @property
    def cache_bytes_per_token(self) -> int:
        """Bytes of keys and values that one place of the context takes, over all layers."""
        width = api.llama_model_n_embd(self.handle) // max(1, api.llama_model_n_head(self.handle))
        key = int(self._said("attention.key_length") or width)
        value = int(self._said("attention.value_length") or width)
        heads: int = api.llama_model_n_head_kv(self.handle)
        layers: int = api.llama_model_n_layer(self.handle)
        return _KV_BYTES * (key + value) * heads * layers

    def describe(self) -> str:
        """Architecture, size and quantization in llama.cpp's words, such as "llama 256M Q4_1"."""
        buffer = ctypes.create_string_buffer(128)
        api.llama_model_desc(self.handle, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Token ids without BOS; markers such as <|im_end|> are one token only where `special`."""
        data = text.encode()
        room = len(data) + 8
        while True:
            ids = (ctypes.c_int32 * room)()
            count = api.llama_tokenize(self.vocabulary, data, len(data), ids, room, False, special)
            if count >= 0:
                return ids[:count]
            if count == -(2**31):
                raise EngineError(f"A text of {len(data)} bytes is too long to be tokenized.")
            room = -count

    def piece(self, token: int) -> bytes:
        """The token's bytes, which may end inside a character; empty for a control token."""
        known = self._bytes.get(token)
        if known is None:
            known = self._bytes[token] = self._render(token)
        return known

    def marker(self, token: int, shown: Sequence[str]) -> bytes:
        """A control token's text where it is one of `shown`; else nothing."""
        text = self._text(token) if shown else ""
        return text.encode() if text in shown else b""

    def ends_turn(self, token: int) -> bool:
        """Whether the model says by this token that it is done."""
        known = self._ends.get(token)
        if known is None:
            known = self._ends[token] = bool(api.llama_vocab_is_eog(self.vocabulary, token))
        return known

    @cached_property
    def ends(self) -> NDArray[np.intp]:
        """All tokens by which the model says that it is done, or that a statement is."""
        return np.flatnonzero(
            [
                self.ends_turn(token) or not _STOPS.isdisjoint(self.piece(token))
                for token in range(self.n_vocab)
            ]
        )

    def close(self) -> None:
        """Frees the weights; a context of this model must be closed before."""
        self._free()

    def _said(self, name: str) -> str:
        """A fact of its architecture as the file has it; empty where it has none."""
        return self._value(f"{self.architecture}.{name}")

    def _value(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(64)
        api.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    def _controls(self, token: int) -> bool:
        """Whether it steers the conversation: what llama.cpp takes for special, and no words."""
        return bool(api.llama_vocab_get_attr(self.vocabulary, token) & _CONTROL)

    def _text(self, token: int) -> str:
        """The token as its vocabulary spells it; empty where there is no such token."""
        if token < 0:
            return ""
        spelled = api.llama_vocab_get_text(self.vocabulary, token)
        return bytes(spelled or b"").decode("utf-8", "replace")

    def _render(self, token: int) -> bytes:
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = api.llama_token_to_piece(self.vocabulary, token, buffer, room, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            room = -count


def _load_error(path: Path) -> EngineError:
    said = native.complaints()
    if native.out_of_memory(said):
        return no_memory_for(path)
    reason = f" ({said})" if said else ""
    return BundleError(f"llama.cpp can't load {path}{reason}; install the bundle again.")
