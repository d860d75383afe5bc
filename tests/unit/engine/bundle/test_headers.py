from __future__ import annotations

from pathlib import Path

import pytest
from gguf import GGUFReader

from engine.bundle.headers import read_gguf_tensor
from engine.errors import BundleError


def test_a_tensor_is_where_ggmls_own_reader_finds_it(tiny_bundle: Path) -> None:
    for theirs in GGUFReader(tiny_bundle / "llm.gguf").tensors:
        ours = read_gguf_tensor(tiny_bundle / "llm.gguf", theirs.name)
        assert ours is not None
        assert (ours.kind, ours.offset) == (theirs.tensor_type, theirs.data_offset)
        assert ours.shape == tuple(reversed(theirs.shape.tolist()))


def test_a_tensor_that_is_not_there(tiny_bundle: Path) -> None:
    assert read_gguf_tensor(tiny_bundle / "llm.gguf", "token_embd.bias") is None


def test_a_file_that_ends_in_its_list_of_tensors(tiny_bundle: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    content = (tiny_bundle / "llm.gguf").read_bytes()
    cut.write_bytes(content[: content.index(b"token_embd.weight") + 20])
    with pytest.raises(BundleError, match=r"cut\.gguf is damaged or no GGUF"):
        read_gguf_tensor(cut, "token_embd.weight")
