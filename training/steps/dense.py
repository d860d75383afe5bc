"""The first step: the eyes learn where things are and what they are called, from boxes alone.

No language model is in the loop, so a picture costs a fraction of what it costs later. Photographs
and drawn scenes come together; each picture trains objectness and edges, and the classes of its
own boxes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance
from torch import Tensor, nn

from engine.grounding.geometry import Box
from engine.media.image import ImageGeometry, to_pixels
from engine.models.efficientnet import EfficientNetLite
from engine.models.regions import RegionHead, RegionMaps
from training.data.photos import boxed_phrases, head_noun
from training.data.samples import Sample
from training.data.scenes import SpritePacks, scene
from training.loop import LoopConfig

CENTRE = 1.5  # cells around a box's centre that answer for it
MOST_BOXES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseConfig:
    loop: LoopConfig
    out: Path
    sprites: Path
    photos: Path
    sets: tuple[str, ...] = ("flickr8k-train", "coco-train")
    variant: str = "efficientnet-lite0"
    side: int = 320
    frozen_blocks: int = 5
    batch: int = 16
    scenes: float = 0.4  # share of drawn scenes
    least: int = 20  # boxes a noun must have to be a class


class Eyes(nn.Module):
    """Encoder and region head, as they are trained together."""

    def __init__(self, encoder: EfficientNetLite, head: RegionHead):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, pixels: Tensor) -> RegionMaps:
        found: RegionMaps = self.head(self.encoder(pixels))
        return found


@dataclass(frozen=True, slots=True)
class Targets:
    """Named boxes of one picture."""

    boxes: tuple[Box, ...]
    classes: tuple[int, ...]


def targets_of(sample: Sample, classes: dict[str, int]) -> Targets:
    """Every distinct box with the class of its name; -1 where the name is no class."""
    found: dict[Box, int] = {t.box: classes.get(t.name, -1) for t in sample.things}
    for words, boxes in boxed_phrases(sample):
        for box in boxes:
            name = classes.get(head_noun(words), -1)
            if found.get(box, -1) < 0:
                found[box] = name
    return Targets(tuple(found), tuple(found.values()))


class DenseStage:
    """Batches of pixels and cell targets; objectness, edges and classes as losses."""

    def __init__(
        self,
        config: DenseConfig,
        model: Eyes,
        *,
        geometry: ImageGeometry,
        photos: list[Sample],
        packs: SpritePacks,
    ):
        self.config = config
        self.model = model
        self.pictures = config.batch
        self._geometry = geometry
        self._photos = photos
        self._packs = packs
        self._classes = {name: n for n, name in enumerate(model.head.config.classes)}

    def batch(self, number: int) -> dict[str, Tensor]:
        """pixels [B, 3, S, S], boxes [B, M, 4], classes [B, M] (-1 no class), counts [B]."""
        rng = random.Random(f"dense:{number}")
        pixels, boxes, classes, counts = [], [], [], []
        for place in range(self.config.batch):
            picture, targets = self._item(rng, number * self.config.batch + place)
            array, _ = to_pixels(picture, self._geometry)
            pixels.append(torch.from_numpy(np.ascontiguousarray(array)))
            n = min(len(targets.boxes), MOST_BOXES)
            padded = torch.zeros(MOST_BOXES, 4)
            named = torch.full((MOST_BOXES,), -1)
            if n:
                padded[:n] = torch.tensor([b.as_list() for b in targets.boxes[:n]])
                named[:n] = torch.tensor(targets.classes[:n])
            boxes.append(padded)
            classes.append(named)
            counts.append(n)
        return {
            "pixels": torch.stack(pixels),
            "boxes": torch.stack(boxes),
            "classes": torch.stack(classes),
            "counts": torch.tensor(counts),
        }

    def _item(self, rng: random.Random, number: int) -> tuple[Image.Image, Targets]:
        if not self._photos or rng.random() < self.config.scenes:
            sample = scene(self._packs, "train", number)
            return sample.open(), targets_of(sample, self._classes)
        sample = rng.choice(self._photos)
        picture, targets = varied(sample.open(), targets_of(sample, self._classes), rng)
        return picture, targets

    def loss(self, model: nn.Module, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        pixels = batch["pixels"].to(memory_format=torch.channels_last)
        found: RegionMaps = model(pixels)
        return region_loss(found, batch)


def varied(
    picture: Image.Image, targets: Targets, rng: random.Random
) -> tuple[Image.Image, Targets]:
    """A photograph mirrored, cut closer or recoloured by chance, its boxes along with it."""
    boxes = list(targets.boxes)
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        boxes = [Box(1 - b.x2, b.y1, 1 - b.x1, b.y2) for b in boxes]
    keep = list(range(len(boxes)))
    if rng.random() < 0.6:
        wide, tall = rng.uniform(0.5, 1.0), rng.uniform(0.5, 1.0)
        left, top = rng.uniform(0, 1 - wide), rng.uniform(0, 1 - tall)
        w, h = picture.size
        picture = picture.crop(
            (round(left * w), round(top * h), round((left + wide) * w), round((top + tall) * h))
        )
        cut = [
            Box.tidy(
                (b.x1 - left) / wide, (b.y1 - top) / tall, (b.x2 - left) / wide, (b.y2 - top) / tall
            )
            for b in boxes
        ]
        keep = [n for n in keep if cut[n].area * wide * tall > 0.4 * boxes[n].area]
        boxes = cut
    if rng.random() < 0.5:
        for enhance in (ImageEnhance.Color, ImageEnhance.Brightness, ImageEnhance.Contrast):
            picture = enhance(picture).enhance(rng.uniform(0.7, 1.3))
    return picture, Targets(tuple(boxes[n] for n in keep), tuple(targets.classes[n] for n in keep))


def assign(batch: dict[str, Any], height: int, width: int) -> Tensor:
    """Which box each cell answers for, [B, h*w]: the smallest whose centre is near, else -1."""
    boxes, counts = batch["boxes"], batch["counts"]
    device = boxes.device
    ys = (torch.arange(height, device=device) + 0.5) / height
    xs = (torch.arange(width, device=device) + 0.5) / width
    x, y = xs.repeat(height)[None, :, None], ys.repeat_interleave(width)[None, :, None]
    low, high = boxes[:, None, :, :2], boxes[:, None, :, 2:]  # [B, 1, M, 2]
    centre = (low + high) / 2
    near = ((x - centre[..., 0]).abs() * width < CENTRE) & (
        (y - centre[..., 1]).abs() * height < CENTRE
    )
    # Boxes smaller than a cell hold no cell's centre: the cell that holds theirs answers.
    half = torch.tensor([0.5 / width, 0.5 / height], device=device)
    low, high = torch.minimum(low, centre - half), torch.maximum(high, centre + half)
    inside = (x > low[..., 0]) & (x < high[..., 0]) & (y > low[..., 1]) & (y < high[..., 1])
    real = torch.arange(boxes.shape[1], device=device)[None, :] < counts[:, None]
    area = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    cost = torch.where(near & inside & real[:, None], area[:, None], torch.inf)
    best, which = cost.min(-1)
    return torch.where(best.isinf(), -1, which)


def region_loss(found: RegionMaps, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
    """Quality focal loss (arXiv 2006.04388), GIoU (arXiv 1902.09630) and cross-entropy."""
    height, width = found.objectness.shape[1:]
    which = assign(batch, height, width)
    positive = which >= 0
    count = positive.sum().clamp(min=1)
    picked = torch.gather(batch["boxes"], 1, which.clamp(min=0)[..., None].expand(-1, -1, 4))
    boxes = found.boxes()
    overlap, giou = overlaps(boxes[positive], picked[positive])
    logits = found.objectness.flatten(1)
    wanted = torch.zeros_like(logits)
    wanted[positive] = overlap.detach().clamp(min=0.05)
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    objectness = (entropy * (logits.sigmoid() - wanted).abs().detach() ** 2).sum() / count
    edges = (1 - giou).sum() / count
    names = torch.gather(batch["classes"], 1, which.clamp(min=0))[positive]
    scores = found.classes.flatten(2).transpose(1, 2)[positive].float()
    known = names >= 0
    named = F.cross_entropy(scores[known], names[known]) if known.any() else scores.sum() * 0
    right = (scores[known].argmax(-1) == names[known]).float().mean() if known.any() else named
    figures = {
        "objectness": objectness.item(),
        "edges": edges.item(),
        "classes": named.item(),
        "right_class": right.item(),
        "overlap": overlap.mean().item() if len(overlap) else 0.0,
    }
    return 4 * objectness + 2 * edges + named, figures


def overlaps(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalized IoU of boxes [n, 4] pairwise by row."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area_a = (a[:, 2:] - a[:, :2]).clamp(min=0).prod(-1)
    area_b = (b[:, 2:] - b[:, :2]).clamp(min=0).prod(-1)
    union = (area_a + area_b - shared).clamp(min=1e-9)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(-1)
    iou = shared / union
    return iou, iou - (hull - union) / hull.clamp(min=1e-9)
