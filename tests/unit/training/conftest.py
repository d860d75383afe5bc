from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model with random weights and the turn markers of the real one."""
    from tests.support.tiny_llama import write_tiny_llama

    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_tiny_llama(path)
    return path


@pytest.fixture
def fresh_accelerator() -> Iterator[None]:
    """accelerate keeps its precision for the life of a process; this forgets it afterwards."""
    yield
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture
def tiny_part(tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny language model as the pinned part, for the commands that fetch it themselves."""
    import training.language
    import training.stages

    for module in (training.language, training.stages):
        monkeypatch.setattr(module, "fetch", lambda name: {"language-model": tiny_gguf}[name])
    return tiny_gguf
