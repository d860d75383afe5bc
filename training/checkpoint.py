"""What a run leaves behind, so that it goes on at the next batch as if it had never stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from training.errors import DataError


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder: `model.safetensors` (what the stage trains), `optimizer.pt`, `state.json`."""

    folder: Path

    @property
    def exists(self) -> bool:
        return (self.folder / "state.json").exists()

    def save(self, model: nn.Module, optimizer: torch.optim.Optimizer, *, step: int) -> None:
        """Written beside, the state last and by renaming: a kill leaves the old or the new."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{step:08d}"
        save_file(trainable_state(model), self.folder / f"model-{name}.safetensors")
        torch.save(optimizer.state_dict(), self.folder / f"optimizer-{name}.pt")
        partial = self.folder / "state.json.part"
        partial.write_text(json.dumps({"step": step}))
        partial.replace(self.folder / "state.json")
        for old in [*self.folder.glob("model-*"), *self.folder.glob("optimizer-*")]:
            if name not in old.name:
                old.unlink()

    @property
    def step(self) -> int:
        """The number of steps done; raises DataError where the state can't be read."""
        try:
            return int(json.loads((self.folder / "state.json").read_text())["step"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DataError(f"{self.folder}/state.json can't be read; delete the folder") from error

    @property
    def weights(self) -> Path:
        return self.folder / f"model-{self.step:08d}.safetensors"

    def load_model(self, model: nn.Module) -> None:
        load_trainable(model, self.weights)

    def load_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """What the optimizer has gathered; its rates stay as this run has configured them."""
        file = self.folder / f"optimizer-{self.step:08d}.pt"
        own = [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups]
        try:
            optimizer.load_state_dict(torch.load(file, weights_only=True))
        except ValueError as error:
            raise DataError(
                f"{file}: made with other groups of parameters; `shares` must stay as it was"
            ) from error
        for group, rates in zip(optimizer.param_groups, own, strict=True):
            group.update(rates)


def trainable_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters that are trained, by name; what is frozen is where it came from."""
    return {
        name: parameter.detach().contiguous().cpu()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


def load_trainable(model: nn.Module, file: Path) -> None:
    """Raises DataError where the file lacks a trained parameter or has one too many."""
    state = load_file(file)
    wanted = {name for name, p in model.named_parameters() if p.requires_grad}
    if wanted != state.keys():
        odd = ", ".join(sorted(wanted ^ state.keys())[:5])
        raise DataError(f"{file}: not of this stage, these parameters differ: {odd}")
    try:
        model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise DataError(f"{file}: not of this stage, its shapes differ: {first}") from error
