from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.llama.decoder import LlamaDecoder
from tests.support.tiny_llama import write_tiny_llama


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_tiny_llama(path)
    return path


@pytest.fixture
def decoder(tiny_gguf: Path) -> Iterator[LlamaDecoder]:
    decoder = LlamaDecoder(tiny_gguf, n_ctx=1024, threads=1)
    yield decoder
    decoder.close()
