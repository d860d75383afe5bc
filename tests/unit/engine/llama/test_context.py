from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ResourceError
from engine.llama import context as context_module
from engine.llama.context import Context
from engine.llama.model import Model


def test_the_context_is_no_longer_than_the_model_was_trained_for(tiny_gguf: Path) -> None:
    model = Model(tiny_gguf)
    context = Context(model, n_ctx=100_000, threads=1)
    assert context.n_ctx == 1024
    context.close()
    model.close()


@pytest.mark.parametrize(("places", "expected"), [(1_300, 512), (4_000, 1024)])
def test_the_context_is_cut_to_half_of_the_free_memory(
    tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch, places: int, expected: int
) -> None:
    model = Model(tiny_gguf)
    free = places * model.cache_bytes_per_token
    monkeypatch.setattr(context_module, "free_memory", lambda: free)
    assert Context(model, n_ctx=1024, threads=1).n_ctx == expected


def test_too_little_memory_is_said(tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_module, "free_memory", lambda: 1000)
    with pytest.raises(ResourceError, match=r"not enough memory for the context of .*tiny\.gguf"):
        Context(Model(tiny_gguf), n_ctx=1024, threads=1)
