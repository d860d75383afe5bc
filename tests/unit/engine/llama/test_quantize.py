from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import EngineError, InputError
from engine.llama.model import Model
from engine.llama.quantize import QUANTIZATIONS, quantize
from tests.support.tiny_llama import write_tiny_llama


@pytest.mark.parametrize("kind", QUANTIZATIONS)
def test_every_kind_is_written_and_loads(tmp_path: Path, kind: str) -> None:
    write_tiny_llama(tmp_path / "whole.gguf")
    quantize(tmp_path / "whole.gguf", tmp_path / "small.gguf", kind)
    assert (tmp_path / "small.gguf").stat().st_size < (tmp_path / "whole.gguf").stat().st_size
    Model(tmp_path / "small.gguf").close()


def test_an_unknown_kind_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Q8_0"):
        quantize(tmp_path / "whole.gguf", tmp_path / "small.gguf", "Q9")


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "whole.gguf").write_text("words")
    with pytest.raises(EngineError, match=r"whole\.gguf can't be quantized to Q8_0"):
        quantize(tmp_path / "whole.gguf", tmp_path / "small.gguf", "Q8_0")
