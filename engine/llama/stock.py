"""llama-cpp-python's own way to ask about a picture, which the benchmark compares with ours.

Its chat handler over the same two files: it empties the cache and encodes the picture at each call.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from llama_cpp import Llama
from llama_cpp.llama_chat_format import MTMDChatHandler

from engine.llama import mtmd
from engine.types import ImagePart, Message, TextPart


class StockHandler:
    """A second copy of the model in memory, with the same threads and context."""

    def __init__(self, gguf: Path, mmproj: Path, *, n_ctx: int, threads: int, gpu: bool) -> None:
        mtmd.start()
        handler = MTMDChatHandler(clip_model_path=str(mmproj), verbose=False, use_gpu=gpu)
        self._llama = Llama(
            str(gguf),
            chat_handler=handler,
            n_ctx=n_ctx,
            n_threads=threads,
            n_threads_batch=threads,
            n_gpu_layers=-1 if gpu else 0,
            verbose=False,
        )

    def first_token(self, messages: Sequence[Message]) -> float:
        """Seconds from the question to the first token of the answer."""
        plain = [
            {"role": message.role, "content": list(map(_plain, message.parts))}
            for message in messages
        ]
        start = perf_counter()
        self._llama.create_chat_completion(plain, max_tokens=1, temperature=0.0)
        return perf_counter() - start

    def close(self) -> None:
        """Frees the model."""
        self._llama.close()


def _plain(part: object) -> dict[str, Any]:
    if isinstance(part, ImagePart):
        data = base64.b64encode(part.path.read_bytes()).decode()
        return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    assert isinstance(part, TextPart)
    return {"type": "text", "text": part.text}
