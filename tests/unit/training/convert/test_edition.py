from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.tiny_edition import write_tiny_edition
from training.convert import edition as editions
from training.convert.edition import (
    Tensors,
    check_size,
    pieces,
    read_edition,
    read_weights,
    write_weights,
)
from training.errors import ConversionError


def test_facts_come_back_as_they_were(tmp_path: Path) -> None:
    edition = write_tiny_edition(tmp_path / "edition")
    assert read_edition(tmp_path / "edition") == edition


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    write_tiny_edition(tmp_path / "edition")
    facts = tmp_path / "edition" / "edition.json"
    facts.write_text(facts.read_text().replace('"quantization"', '"quantisation"'))
    with pytest.raises(ConversionError, match=r"edition\.json.*quantisation"):
        read_edition(tmp_path / "edition")


def test_weights_are_kept_in_half_precision(tmp_path: Path) -> None:
    weights: Tensors = {"a": np.array([1.0, 2.5], dtype=np.float32), "b": np.zeros((2, 3))}
    write_weights(tmp_path, "vision", weights)
    found = read_weights(tmp_path, "vision")
    assert {name: values.dtype for name, values in found.items()} == {"a": "f2", "b": "f2"}
    assert found["a"].tolist() == [1.0, 2.5]


def test_large_weights_come_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "MAX_FILE_BYTES", editions._HEADER_ROOM + 2000)
    weights = {f"t{n}": np.full(600, n, dtype=np.float32) for n in range(5)}
    write_weights(tmp_path, "lora", {"old": np.zeros(1)})
    write_weights(tmp_path, "lora", weights)
    assert len(pieces(tmp_path, "lora")) == 5
    found = read_weights(tmp_path, "lora")
    assert {name: float(values[0]) for name, values in found.items()} == {
        f"t{n}": float(n) for n in range(5)
    }
    write_weights(tmp_path, "lora", {"t0": weights["t0"]})
    assert [path.name for path in pieces(tmp_path, "lora")] == ["lora.safetensors"]


@pytest.mark.parametrize("number", [1e6, float("nan")])
def test_numbers_that_do_not_fit_are_named(tmp_path: Path, number: float) -> None:
    with pytest.raises(ConversionError, match="vision: w has numbers that float16 can't hold"):
        write_weights(tmp_path, "vision", {"w": np.array([number])})


def test_an_edition_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_weights(tmp_path, "vision", {"w": np.zeros(1000)})
    assert check_size(tmp_path) > 2000
    monkeypatch.setattr(editions, "MAX_EDITION_BYTES", 1000)
    with pytest.raises(ConversionError, match="smaller LoRA rank"):
        check_size(tmp_path)


def test_missing_and_damaged_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"holds no vision\.safetensors"):
        read_weights(tmp_path, "vision")
    (tmp_path / "vision.safetensors").write_bytes(b"nothing")
    with pytest.raises(ConversionError, match=r"vision\.safetensors can't be read"):
        read_weights(tmp_path, "vision")
