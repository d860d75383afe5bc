"""What the frozen eyes make of a picture, as training and measuring take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.bundle import RegionFacts
from engine.grounding.geometry import Box
from engine.media.image import ImageGeometry, to_pixels
from engine.models.projector import joined
from engine.models.regions import Proposals, RegionHead, RegionMaps
from engine.models.vision import autocast, device_and_dtype
from training.data.samples import Sample
from training.steps.dense import Eyes


@dataclass(frozen=True, slots=True)
class Glance:
    """Joined patches [n, join*join*C] float32 before the projector, and the proposals.

    `found` and `pixels` are what further regions are described from.
    """

    patches: Tensor
    proposals: Proposals
    head: RegionHead
    found: RegionMaps
    pixels: Tensor

    @torch.inference_mode()
    def asked(self, boxes: Sequence[Box]) -> Tensor:
        """The vectors [k, row_width] of boxes that a question speaks of."""
        drawn = torch.tensor([box.as_list() for box in boxes]).reshape(-1, 4)
        return self.head.asked(self.found, self.pixels, boxes=drawn)


@torch.inference_mode()
def glance(
    eyes: Eyes, sample: Sample, geometry: ImageGeometry, join: int, regions: RegionFacts
) -> Glance:
    """One picture through encoder and region head, on the processor as the engine does it."""
    array, _ = to_pixels(sample.open(), geometry)
    pixels = torch.from_numpy(array)[None].to(memory_format=torch.channels_last)
    with autocast(*device_and_dtype("cpu")):
        maps = eyes.encoder(pixels)
        found = eyes.head(maps)
    proposals = eyes.head.propose(found, pixels, regions)[0]
    return Glance(joined(maps[-1].float(), join)[0], proposals, eyes.head, found, pixels)
