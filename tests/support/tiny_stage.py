"""A stage of the training loop that learns in microseconds."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TinyStage:
    """Two linear layers and a frozen one, fitted to numbers that are drawn for each batch.

    `fails_at` is the number of the batch at which the run is to be killed.
    """

    pictures = 4

    def __init__(self, *, fails_at: int | None = None):
        torch.manual_seed(0)
        self.model = nn.ModuleDict(
            {"eyes": nn.Linear(3, 5), "fixed": nn.Linear(5, 5), "words": nn.Linear(5, 2)}
        )
        self.model["fixed"].requires_grad_(False)
        self.seen: list[float] = []
        self._fails_at = fails_at

    def batch(self, number: int) -> dict[str, Tensor]:
        if number == self._fails_at:
            raise KeyboardInterrupt
        generator = torch.Generator().manual_seed(number)
        return {
            "x": torch.randn(4, 3, generator=generator),
            "y": torch.randn(4, 2, generator=generator),
        }

    def loss(self, model: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
        layers = self.model
        out = layers["words"](layers["fixed"](torch.tanh(layers["eyes"](batch["x"]))))
        loss = F.mse_loss(out, batch["y"])
        self.seen.append(loss.item())
        return loss, {"largest": out.abs().max().item()}
