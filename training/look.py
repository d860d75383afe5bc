"""What the frozen eyes make of a picture, as training and measuring take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from engine.media.image import ImageGeometry, to_pixels
from engine.models.projector import joined
from engine.models.regions import Proposals
from training.data.samples import Sample
from training.steps.dense import Eyes


class Limits(Protocol):
    """How many regions, from which score, overlapping how much."""

    @property
    def k(self) -> int: ...
    @property
    def threshold(self) -> float: ...
    @property
    def nms(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Glance:
    """Joined patches [n, join*join*C] float32 before the projector, and the proposals."""

    patches: Tensor
    proposals: Proposals


@torch.inference_mode()
def glance(
    eyes: Eyes, sample: Sample, geometry: ImageGeometry, join: int, limits: Limits
) -> Glance:
    """One picture through encoder and region head, in bfloat16 as in training."""
    array, _ = to_pixels(sample.open(), geometry)
    pixels = torch.from_numpy(array)[None].to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        maps = eyes.encoder(pixels)
        found = eyes.head(maps)
    proposals = eyes.head.propose(
        found, pixels, k=limits.k, threshold=limits.threshold, nms=limits.nms
    )[0]
    return Glance(joined(maps[-1].float(), join)[0], proposals)
