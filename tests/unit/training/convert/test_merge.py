from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from training.convert.merge import LoraFacts, read_lora
from training.errors import ConversionError

DOWN = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]], dtype=np.float32)  # [rank 2, in 3]
UP = np.array([[1.0, 0.0], [2.0, 1.0]], dtype=np.float32)  # [out 2, rank 2]
CHANGE = [[1.0, 2.0, 0.0], [2.0, 5.0, 1.0]]
FACTS = LoraFacts(rank=2, alpha=4.0)


def write(folder: Path, **tensors: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[Path]:
    save_file({name.replace("__", "."): values for name, values in tensors.items()}, folder / "l")
    return [folder / "l"]


@pytest.mark.parametrize(
    "name",
    [
        "layers.7.q_proj.lora_{}",
        "model.layers.7.self_attn.q_proj.lora_{}",
        "base_model.model.model.layers.7.self_attn.q_proj.lora_{}.weight",
        "adapted.base_model.model.model.layers.7.self_attn.q_proj.lora_{}.default.weight",
    ],
)
def test_the_change_is_up_times_down_scaled(tmp_path: Path, name: str) -> None:
    save_file({name.format("A"): DOWN, name.format("B"): UP}, tmp_path / "lora")
    lora = read_lora([tmp_path / "lora"], FACTS)
    change = lora.change(7, "q_proj")
    assert change is not None
    assert change.tolist() == [[2 * value for value in row] for row in CHANGE]
    assert lora.change(6, "q_proj") is None
    assert lora.change(7, "v_proj") is None


def test_halves_may_come_in_different_files(tmp_path: Path) -> None:
    save_file({"layers.0.q_proj.lora_A": DOWN}, tmp_path / "one")
    save_file({"layers.0.q_proj.lora_B": UP}, tmp_path / "two")
    assert read_lora([tmp_path / "one", tmp_path / "two"], FACTS).change(0, "q_proj") is not None


def test_half_a_pair_is_named(tmp_path: Path) -> None:
    paths = write(tmp_path, layers__3__up_proj__lora_A=DOWN)
    with pytest.raises(ConversionError, match="layer 3, up_proj"):
        read_lora(paths, FACTS)


def test_another_rank_than_said_is_an_error(tmp_path: Path) -> None:
    paths = write(tmp_path, layers__0__q_proj__lora_A=DOWN, layers__0__q_proj__lora_B=UP)
    with pytest.raises(ConversionError, match="rank"):
        read_lora(paths, LoraFacts(rank=3, alpha=4.0))


def test_a_tensor_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"'patches\.weight' is no tensor of a LoRA"):
        read_lora(write(tmp_path, patches__weight=UP), FACTS)


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "lora").write_text("no weights")
    with pytest.raises(ConversionError, match="lora can't be read as safetensors"):
        read_lora([tmp_path / "lora"], FACTS)
