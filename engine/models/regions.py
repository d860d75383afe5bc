"""The region head: where something is, how sure, what it is called, and the region's own vector.

One level at the finest map's stride, after FCOS (arXiv 1904.01355) and Groma (arXiv 2404.13013):
each cell says whether an object is centred there, how far its four edges are, and its class.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.bundle.manifest import RegionFacts

GROUPS = 16  # of channels, each normalized together
POOL = 4  # points a side at which a region is sampled
LOOKS = 12  # numbers of a region's vector, the last ones: mean and central colour, corners, size
ALIKE = 0.5  # IoU from which a cell's box may be the one that somebody drew


@dataclass(frozen=True, slots=True)
class RegionConfig:
    """`channels` are those of the maps given, finest first; `classes` the class layer's names."""

    channels: tuple[int, ...]
    classes: tuple[str, ...]
    width: int = 192
    candidates: int = 100

    @property
    def row_width(self) -> int:
        """What `describe` gives a region: cell, classes, each map, colours, geometry."""
        return self.width + len(self.classes) + sum(self.channels) + LOOKS


@dataclass(frozen=True, slots=True)
class RegionMaps:
    """Objectness [B, h, w] and classes [B, n, h, w] (logits), edges [B, 4, h, w] (0..1), inputs."""

    objectness: Tensor
    edges: Tensor
    classes: Tensor
    cells: Tensor
    inputs: tuple[Tensor, ...]

    def boxes(self) -> Tensor:
        """The box of every cell, [B, h*w, 4], x1 y1 x2 y2 in 0..1, clamped."""
        height, width = self.objectness.shape[1:]
        ys = (torch.arange(height, device=self.edges.device) + 0.5) / height
        xs = (torch.arange(width, device=self.edges.device) + 0.5) / width
        left, top, right, bottom = self.edges.unbind(1)  # [B, h, w]
        x, y = xs[None, None, :], ys[None, :, None]
        boxes = torch.stack([x - left, y - top, x + right, y + bottom], -1)
        return boxes.clamp(0, 1).flatten(1, 2)


@dataclass(frozen=True, slots=True)
class Proposals:
    """Regions of a picture: boxes [k, 4] in 0..1, scores [k], vectors [k, width] and k names.

    A name is empty where none is to be written.
    """

    boxes: Tensor
    scores: Tensor
    vectors: Tensor
    names: tuple[str, ...]


class Tower(nn.Module):
    """A wide depthwise filter and a mix of channels, added to its input."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width)
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.mix = nn.Sequential(nn.Conv2d(width, 2 * width, 1), nn.ReLU())
        self.back = nn.Conv2d(2 * width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.back(self.mix(self.depthwise(self.norm(x))))
        return x + mixed


class RegionHead(nn.Module):
    """Maps of an encoder -> proposals."""

    def __init__(self, config: RegionConfig):
        super().__init__()
        self.config = config
        self.lateral = nn.ModuleList(nn.Conv2d(c, config.width, 1) for c in config.channels)
        self.towers = nn.Sequential(*(Tower(config.width) for _ in range(3)))
        self.norm = nn.GroupNorm(GROUPS, config.width)
        self.objectness = nn.Conv2d(config.width, 1, 1)
        self.edges = nn.Conv2d(config.width, 4, 1)
        self.classes = nn.Conv2d(config.width, len(config.classes), 1)
        nn.init.constant_(self.objectness.bias, -4.0)  # type: ignore[arg-type]

    def forward(self, maps: tuple[Tensor, ...]) -> RegionMaps:
        size = maps[0].shape[-2:]
        x: Tensor = self.lateral[0](maps[0])
        for layer, coarse in zip(list(self.lateral)[1:], maps[1:], strict=True):
            x = x + F.interpolate(layer(coarse), size=size, mode="nearest")
        x = F.relu(self.norm(self.towers(x)))
        with torch.autocast(x.device.type, enabled=False):  # a half's steps would show as pixels
            edges = self.edges(x.to(self.edges.weight.dtype)).float()
        return RegionMaps(
            objectness=self.objectness(x)[:, 0].float(),
            edges=torch.exp(edges.clamp(-6, 4) - 2),
            classes=self.classes(x),
            cells=x,
            inputs=maps,
        )

    def propose(self, found: RegionMaps, pixels: Tensor, facts: RegionFacts) -> list[Proposals]:
        """The regions of each picture that `facts` lets pass.

        `pixels` [B, 3, H, W] are what the encoder was given; the region's colours are read there.
        """
        boxes, scores = found.boxes(), found.objectness.flatten(1).sigmoid()
        return [
            self._of_picture(found, pixels, n, (boxes[n], scores[n]), facts)
            for n in range(len(boxes))
        ]

    def _of_picture(
        self,
        found: RegionMaps,
        pixels: Tensor,
        n: int,
        cells: tuple[Tensor, Tensor],
        facts: RegionFacts,
    ) -> Proposals:
        boxes, scores = cells
        order = scores.topk(min(self.config.candidates, len(scores))).indices
        if len(order):  # the best first: a clear picture's weak second looks are left out
            least = max(facts.threshold, facts.relative * float(scores[order[0]]))
            order = order[scores[order] >= least]
        kept = order[suppress(boxes[order], facts.nms, facts.k)]
        if facts.order == "left to right":  # by their middles
            kept = kept[(boxes[kept, 0] + boxes[kept, 2]).argsort(stable=True)]
        vectors = self.describe(found, pixels, n, cells=kept, boxes=boxes[kept])
        return Proposals(boxes[kept], scores[kept], vectors, self.names(vectors, facts.named))

    def names(self, vectors: Tensor, least: float | None) -> tuple[str, ...]:
        """What the class layer calls the regions of vectors [k, row_width].

        Empty where it is less than `least` sure (0..1), and everywhere for None.
        """
        if least is None:
            return ("",) * len(vectors)
        start = self.config.width
        sure, best = vectors[:, start : start + len(self.config.classes)].max(-1)
        return tuple(
            self.config.classes[index] if share >= least else ""
            for share, index in zip(sure.tolist(), best.tolist(), strict=True)
        )

    def asked(self, found: RegionMaps, pixels: Tensor, *, boxes: Tensor, n: int = 0) -> Tensor:
        """The vectors [k, row_width] of boxes [k, 4] that somebody drew on picture `n`.

        Each is described by the cell that is surest of a box like it, else by the one in its middle
        (an object drawn by hand may be one that the head did not propose).
        """
        if not len(boxes):
            return boxes.new_zeros(0, self.config.row_width)
        fit = overlaps(boxes, found.boxes()[n])  # [k, cells]
        sure = fit * found.objectness[n].flatten().sigmoid()
        height, width = found.objectness.shape[1:]
        x, y = (boxes[:, :2] + boxes[:, 2:]).div(2).unbind(-1)
        column = (x * width).long().clamp(max=width - 1)
        middle = (y * height).long().clamp(max=height - 1) * width + column
        best = torch.where(fit >= ALIKE, sure, -1.0).max(-1)
        cells = torch.where(best.values > 0, best.indices, middle)
        return self.describe(found, pixels, n, cells=cells, boxes=boxes)

    def describe(
        self, found: RegionMaps, pixels: Tensor, n: int, *, cells: Tensor, boxes: Tensor
    ) -> Tensor:
        """The vector of each region of picture `n`, [k, row_width] float32.

        The winning cell's features, its class probabilities, the mean of every map over a grid of
        points in the box, the mean and the central colour (3 + 3), corners and size (6).
        """
        features = found.cells[n].flatten(1)[:, cells].T.float()
        classes = found.classes[n].flatten(1)[:, cells].T.float().softmax(-1)
        pooled = [sample(level[n], boxes).mean(-1) for level in found.inputs]
        small = F.avg_pool2d(pixels[n : n + 1].float(), 8)[0]
        colours = sample(small, boxes)
        middle = (POOL * POOL) // 2 + POOL // 2
        size = boxes[:, 2:] - boxes[:, :2]
        return torch.cat(
            [features, classes, *pooled, colours.mean(-1), colours[..., middle], boxes, size], -1
        )


def sample(level: Tensor, boxes: Tensor) -> Tensor:
    """A map [C, h, w] read at POOL x POOL points inside each box [k, 4] -> [k, C, POOL*POOL]."""
    if not len(boxes):
        return level.new_zeros(0, level.shape[0], POOL * POOL, dtype=torch.float32)
    steps = (torch.arange(POOL, device=boxes.device) + 0.5) / POOL
    xs = boxes[:, None, 0] + (boxes[:, None, 2] - boxes[:, None, 0]) * steps
    ys = boxes[:, None, 1] + (boxes[:, None, 3] - boxes[:, None, 1]) * steps
    grid = torch.stack(
        [xs[:, None, :].expand(-1, POOL, -1), ys[:, :, None].expand(-1, -1, POOL)], -1
    )
    level = level.float()[None].expand(len(boxes), -1, -1, -1)
    return F.grid_sample(level, grid * 2 - 1, align_corners=False).flatten(2)


def overlaps(boxes: Tensor, others: Tensor) -> Tensor:
    """The IoU of each of `boxes` [k, 4] with each of `others` [m, 4], [k, m]."""
    low = torch.maximum(boxes[:, None, :2], others[None, :, :2])
    high = torch.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area, other = ((b[:, 2:] - b[:, :2]).clamp(min=0).prod(-1) for b in (boxes, others))
    return shared / (area[:, None] + other[None] - shared).clamp(min=1e-9)


def suppress(boxes: Tensor, overlap: float, most: int) -> Tensor:
    """Greedy non-maximum suppression over boxes [n, 4], best first: at most `most` indices."""
    if not len(boxes):
        return torch.zeros(0, dtype=torch.long, device=boxes.device)
    clash = (overlaps(boxes, boxes) > overlap).tolist()
    kept: list[int] = []
    for n in range(len(boxes)):
        if len(kept) == most:
            break
        if not any(clash[n][m] for m in kept):
            kept.append(n)
    return torch.tensor(kept, dtype=torch.long, device=boxes.device)
