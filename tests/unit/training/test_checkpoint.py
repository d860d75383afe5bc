from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from training.checkpoint import Checkpoint
from training.errors import DataError


def trained(steps: int, *, width: int = 3, groups: int = 1) -> tuple[nn.Module, torch.optim.AdamW]:
    """A model with a frozen layer after some steps, and its optimizer."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, width), nn.Linear(width, 1))
    model[0].requires_grad_(False)
    parameters = list(model[1].parameters())
    shares = [parameters] if groups == 1 else [parameters[:1], parameters[1:]]
    optimizer = torch.optim.AdamW([{"params": share} for share in shares], lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
    return model, optimizer


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_trained_comes_back_and_what_is_frozen_is_not_kept(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run")
    assert not checkpoint.exists
    model, optimizer = trained(3)
    checkpoint.save(model, optimizer, step=3)
    assert (checkpoint.exists, checkpoint.step) == (True, 3)
    assert load_file(checkpoint.weights).keys() == {"1.weight", "1.bias"}

    other, fresh = trained(0)
    checkpoint.load_model(other)
    checkpoint.load_optimizer(fresh)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name])
    old, new = optimizer.state_dict()["state"], fresh.state_dict()["state"]
    assert old.keys() == new.keys() == {0, 1}
    for number, state in old.items():
        assert all(torch.equal(value, new[number][key]) for key, value in state.items())


def test_only_the_newest_is_kept(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    for step in (5, 10):
        checkpoint.save(*trained(1), step=step)
    assert names(tmp_path) == [
        "model-00000010.safetensors", "optimizer-00000010.pt", "state.json",
    ]  # fmt: skip


def test_a_save_that_was_killed_leaves_the_one_before(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    model, optimizer = trained(1)
    checkpoint.save(model, optimizer, step=1)
    # A folder in the way of the new state stops the save at its last moment.
    (tmp_path / "state.json.part").mkdir()
    with pytest.raises(IsADirectoryError):
        checkpoint.save(*trained(2), step=2)
    (tmp_path / "state.json.part").rmdir()
    assert checkpoint.step == 1
    other, fresh = trained(0)
    checkpoint.load_model(other)
    checkpoint.load_optimizer(fresh)
    assert torch.equal(other.state_dict()["1.weight"], model.state_dict()["1.weight"])
    checkpoint.save(*trained(3), step=3)
    assert names(tmp_path) == [
        "model-00000003.safetensors", "optimizer-00000003.pt", "state.json",
    ]  # fmt: skip


def test_the_rates_are_the_new_runs_own(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.save(*trained(1), step=1)
    _, fresh = trained(0)
    fresh.param_groups[0]["lr"] = 0.7
    checkpoint.load_optimizer(fresh)
    assert fresh.param_groups[0]["lr"] == 0.7


def test_a_checkpoint_of_another_stage_is_a_clear_error(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.save(*trained(1), step=1)
    whole, _ = trained(0)
    whole.requires_grad_(True)
    with pytest.raises(DataError, match=r"model-00000001.*not of this stage.*0\.bias, 0\.weight"):
        checkpoint.load_model(whole)
    wide, _ = trained(0, width=4)
    with pytest.raises(DataError, match=r"model-00000001.*1\.weight"):
        checkpoint.load_model(wide)


def test_an_optimizer_with_other_groups_is_a_clear_error(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.save(*trained(1), step=1)
    _, grouped = trained(0, groups=2)
    with pytest.raises(DataError, match=r"optimizer-00000001\.pt: .*shares"):
        checkpoint.load_optimizer(grouped)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"step": "soon"}'])
def test_a_state_that_is_broken_is_a_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(DataError, match=r"state\.json can't be read; delete the folder"):
        _ = Checkpoint(tmp_path).step
