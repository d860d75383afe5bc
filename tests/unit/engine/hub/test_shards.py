"""A GGUF in parts, written by llama.cpp's own package, made one again."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest

from engine.errors import BundleError
from engine.hub.shards import join
from tests.support.raw_gguf import Tensor, raw_gguf


def write(path: Path, *, per_part: int = 0, alignment: int | None = None) -> list[Path]:
    """A made-up model, whole or with so many tensors a part."""
    writer = gguf.GGUFWriter(path, "llama", split_max_tensors=per_part)
    if alignment is not None:
        writer.add_custom_alignment(alignment)
    writer.add_context_length(256)
    writer.add_rope_freq_base(10000.5)
    writer.add_token_list(["a", "bc", "猫"])
    writer.add_token_scores([0.5, 1.5, 2.5])
    writer.add_bool("made.up", True)
    random = np.random.default_rng(1)
    for n in range(5):
        writer.add_tensor(f"blk.{n}.weight", random.random((3 + n, 7), dtype=np.float32))
    writer.write_header_to_file(path=path)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return sorted(path.parent.glob("*.gguf"))


def test_parts_become_what_the_whole_was(tmp_path: Path) -> None:
    for folder in ("whole", "parts"):
        (tmp_path / folder).mkdir()
    (whole,) = write(tmp_path / "whole" / "x.gguf")
    parts = write(tmp_path / "parts" / "x.gguf", per_part=2)
    assert [path.name for path in parts][:1] == ["x-00001-of-00003.gguf"] and len(parts) == 3
    joined = join(parts)
    assert joined.parent == parts[0].parent
    expected, found = gguf.GGUFReader(whole), gguf.GGUFReader(joined)
    counted = {"GGUF.tensor_count", "GGUF.kv_count"}
    assert set(found.fields) == set(expected.fields)
    for name in set(expected.fields) - counted:
        assert found.fields[name].contents() == expected.fields[name].contents()
    assert [tensor.name for tensor in found.tensors] == [t.name for t in expected.tensors]
    for tensor, other in zip(found.tensors, expected.tensors, strict=True):
        np.testing.assert_array_equal(tensor.data, other.data)


def test_a_single_file_is_left_alone(tmp_path: Path) -> None:
    assert join([tmp_path / "x.gguf"]) == tmp_path / "x.gguf"


def test_parts_of_different_layouts(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"are laid out differently|is damaged"):
        join(write(tmp_path / "x.gguf", per_part=2, alignment=64))


def test_parts_that_lie(tmp_path: Path) -> None:
    """An alignment of 0, and keys without end in a file of nothing else."""
    sound = raw_gguf([("general.alignment", "u32", 32)], [("a", Tensor())])
    for number, content in enumerate((
        raw_gguf([("general.alignment", "u32", 0)], [("a", Tensor())]),
        raw_gguf([], n_keys=1 << 40) + bytes(1 << 20),
    )):  # fmt: skip
        parts = [tmp_path / f"{number}-{part}.gguf" for part in (1, 2)]
        parts[0].write_bytes(sound)
        parts[1].write_bytes(content)
        with pytest.raises(BundleError, match=r"-2\.gguf is damaged"):
            join(parts)


def test_no_part_of_a_gguf(tmp_path: Path) -> None:
    parts = write(tmp_path / "x.gguf", per_part=2)
    content = parts[1].read_bytes()
    huge = content[:24] + b"\xff" * 8 + content[32:]  # the first name's length
    for spoilt in (b"", b"GGUF", content[:60], b"PK" + content[2:], huge):
        parts[1].write_bytes(spoilt)
        with pytest.raises(BundleError, match=r"x-00002-of-00003\.gguf is damaged or"):
            join(parts)
