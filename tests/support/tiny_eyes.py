"""Eyes that see in a millisecond: two convolutions in the encoder's place, a narrow region head."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.media.image import ImageGeometry
from engine.models.regions import RegionConfig, RegionHead
from training.steps.dense import Eyes

SIDE = 64
GEOMETRY = ImageGeometry(SIDE, "squash", (127.0, 127.0, 127.0), (128.0, 128.0, 128.0))
CLASSES = ("circle", "square", "dog")


class TinyEncoder(nn.Module):
    """Pixels [B, 3, H, W] -> maps at strides 8 and 16, [B, 16, h, w] and [B, 12, h/2, w/2]."""

    channels = (16, 12)

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 16, 8, stride=8), nn.ReLU())
        self.second = nn.Conv2d(16, 12, 2, stride=2)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        fine = self.first(pixels)
        return fine, self.second(fine)


def tiny_eyes(seed: int = 0) -> Eyes:
    """Eyes for pictures of `SIDE` pixels: 8 x 8 cells that answer, 4 x 4 patches."""
    torch.manual_seed(seed)
    encoder = TinyEncoder()
    config = RegionConfig(channels=encoder.channels, classes=CLASSES, width=32)
    return Eyes(cast(Any, encoder), RegionHead(config))
