from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter

from tests.support.tiny_edition import RANK, keep_tiny_base, write_tiny_lora
from training.convert.gguf_writer import interleaved, write_merged
from training.convert.merge import Lora, LoraFacts, read_lora
from training.errors import ConversionError


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return keep_tiny_base(tmp_path / "parts", monkeypatch)


@pytest.fixture
def lora(tmp_path: Path) -> Lora:
    write_tiny_lora(tmp_path)
    return read_lora([tmp_path / "lora.safetensors"], LoraFacts(RANK, 2.0 * RANK))


def tensors(path: Path) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    return {tensor.name: np.array(tensor.data) for tensor in GGUFReader(path).tensors}


def test_rows_of_a_head_are_interleaved() -> None:
    # Two heads of four rows; the first column tells the head, the second the row.
    weight = np.array([[head, row] for head in (0, 1) for row in range(4)], dtype=np.float32)
    assert interleaved(weight, 2).tolist() == [
        [0, 0], [0, 2], [0, 1], [0, 3],
        [1, 0], [1, 2], [1, 1], [1, 3],
    ]  # fmt: skip


def test_without_a_lora_only_the_precision_changes(base: Path, tmp_path: Path) -> None:
    write_merged(base, None, tmp_path / "merged.gguf")
    before, after = tensors(base), tensors(tmp_path / "merged.gguf")
    assert list(before) == list(after)
    for name, values in before.items():
        assert after[name].dtype == (np.float32 if values.ndim == 1 else np.float16)
        assert np.array_equal(after[name], values.astype(after[name].dtype))


def test_tokenizer_and_facts_are_copied(base: Path, lora: Lora, tmp_path: Path) -> None:
    write_merged(base, lora, tmp_path / "merged.gguf")
    old, new = GGUFReader(base).fields, GGUFReader(tmp_path / "merged.gguf").fields
    assert set(old) <= set(new)
    for name, field in old.items():
        if not name.startswith("GGUF."):
            assert new[name].contents() == field.contents(), name
            assert new[name].types == field.types, name


def test_only_the_layers_of_the_lora_change(base: Path, lora: Lora, tmp_path: Path) -> None:
    one = Lora(lora.facts, {(1, "v_proj"): lora.pairs[1, "v_proj"]})
    write_merged(base, one, tmp_path / "merged.gguf")
    before, after = tensors(base), tensors(tmp_path / "merged.gguf")
    changed = [
        n for n, v in before.items() if not np.array_equal(after[n], v.astype(after[n].dtype))
    ]
    assert changed == ["blk.1.attn_v.weight"]
    change = one.change(1, "v_proj")
    assert change is not None
    assert np.allclose(after[changed[0]], np.add(before[changed[0]], change), atol=2e-3)


def test_a_lora_of_a_longer_model_is_refused(base: Path, lora: Lora, tmp_path: Path) -> None:
    longer = Lora(lora.facts, {**lora.pairs, (9, "q_proj"): lora.pairs[0, "q_proj"]})
    with pytest.raises(ConversionError, match="changes layer 9, q_proj"):
        write_merged(base, longer, tmp_path / "merged.gguf")


def test_a_lora_of_a_wider_model_is_refused(base: Path, lora: Lora, tmp_path: Path) -> None:
    wider = Lora(lora.facts, {(0, "q_proj"): lora.pairs[0, "up_proj"]})
    with pytest.raises(ConversionError, match="take its own base"):
        write_merged(base, wider, tmp_path / "merged.gguf")


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "other.gguf", "falcon")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ConversionError, match="'falcon'; only a Llama"):
        write_merged(tmp_path / "other.gguf", None, tmp_path / "merged.gguf")
