"""Stages 1 to 3: projector and LoRA learn to read, name, count, point and tell, packed by picture.

What the model is shown is what the engine will show it: the eyes' own proposals, mistakes and all,
rendered by the engine's own prompt. The eyes are frozen and look in the worker process.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.bundle import RegionFacts
from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.media.image import ImageGeometry
from engine.models.projector import Projector
from engine.models.regions import Proposals
from engine.prompt.template import PromptStyle
from training.data.mixture import Item, MixConfig, Mixture
from training.language import LanguageModel, LoraSettings
from training.look import Glance, glance
from training.loop import LoopConfig
from training.packing import PATCH, REGION, Packed, Tokenize, collate, pack, pack_plain
from training.steps.dense import Eyes

STYLE = PromptStyle(template="chatml", region_rows=True)
DIALECT = DIALECTS["minigpt-v2"]


REGIONS = RegionFacts(k=12, threshold=0.2, nms=0.5, relative=0.45, order="left to right", named=0.4)
"""What the region head passes on, in training as in the bundle (figures: docs/experiments.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointConfig:
    """A stage: what it learns from, what it starts with and where it leaves its result."""

    loop: LoopConfig
    mix: MixConfig
    out: Path
    eyes: Path
    start: Path
    sprites: Path | None = None
    photos: Path | None = None
    answers: Path | None = None
    trains: tuple[str, ...] = ("projector", "lora")
    batch: int = 4
    plain: int = 6  # plain questions side by side in a text-only item
    keep: float = 1.0  # how much an answer without a picture counts against one about a picture
    lora: LoraSettings = field(default_factory=LoraSettings)
    regions: RegionFacts = REGIONS


class Joint(nn.Module):
    """Projector and language model as they are trained together."""

    def __init__(self, projector: Projector, language: LanguageModel):
        super().__init__()
        self.projector = projector
        self.language = language

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """A collated batch -> logits [n, vocabulary] at the places where words are learned.

        And the base model's own logits at those of them that are without a picture.
        """
        ids = batch["ids"]
        rows = self.language.embed(ids.clamp(min=0))
        rows = _placed(rows, ids == PATCH, self.projector.patches(batch["patches"]))
        rows = _placed(rows, ids == REGION, self.projector.region_rows(batch["regions"]))
        at = _learned(batch["labels"])
        logits = self.language(rows, batch["positions"], batch["mask"], batch["real"], at)
        return logits, self._base(batch, rows)

    @torch.no_grad()
    def _base(self, batch: dict[str, Tensor], rows: Tensor) -> Tensor:
        """What the language model says of the plain items without its LoRA."""
        plain = batch["plain"]
        at = _learned(batch["labels"][plain])
        if not len(at):
            return rows.new_zeros(0, len(self.language.table))
        with self.language.adapted.disable_adapter():
            positions, mask, real = (batch[name][plain] for name in ("positions", "mask", "real"))
            logits: Tensor = self.language(rows[plain], positions, mask, real, at)
        return logits


def _learned(labels: Tensor) -> Tensor:
    """The places of labels [B, T] where a word is learned, in reading order."""
    return (labels.flatten() >= 0).nonzero()[:, 0]


def _placed(rows: Tensor, where: Tensor, values: Tensor) -> Tensor:
    """`values` at the true places of `where`, in reading order; differentiable in `values`."""
    return rows.masked_scatter(where[..., None].expand_as(rows), values.to(rows.dtype))


class JointStage:
    """Batches of packed pictures, and the loss over the words of the answers."""

    def __init__(
        self,
        config: JointConfig,
        model: Joint,
        *,
        mixture: Mixture,
        eyes: Eyes,
        geometry: ImageGeometry,
        tokenize: Tokenize,
    ):
        self.config = config
        self.model = model
        self.pictures = config.batch
        self._mixture = mixture
        self._eyes = eyes
        self._geometry = geometry
        self._tokenize = tokenize

    def batch(self, number: int) -> dict[str, Tensor]:
        """The packs of `collate`, with patches [p, join*join*C] and regions [r, row_width]."""
        first = number * self.config.batch
        items = [self._item(self._mixture.item(first + n)) for n in range(self.config.batch)]
        glances = [(seen, packed.asked) for packed, seen in items if seen is not None]
        width = self._eyes.head.config.row_width
        batch = collate([packed for packed, _ in items])
        batch["plain"] = torch.tensor([seen is None for _, seen in items])
        batch["patches"] = torch.cat(
            [seen.patches for seen, _ in glances]
            or [torch.zeros(0, self.model.projector.patches.in_features)]
        )
        batch["regions"] = torch.cat(
            [
                vectors
                for seen, asked in glances
                for vectors in (seen.proposals.vectors, seen.asked(asked))
            ]
            or [torch.zeros(0, width)]
        )
        return batch

    def _item(self, item: Item) -> tuple[Packed, Glance | None]:
        facts: dict[str, Any] = {"style": STYLE, "dialect": DIALECT, "tokenize": self._tokenize}
        if item.plain is not None:
            rng = random.Random(f"plain:{item.number}")
            count = min(self.config.plain, len(self._mixture.plain))
            pairs = [(p.prompt, p.answer) for p in rng.sample(self._mixture.plain, count)]
            return pack_plain(pairs, **facts), None
        assert item.sample is not None
        regions, join = self.config.regions, self.model.projector.join
        seen = glance(self._eyes, item.sample, self._geometry, join, regions)
        boxes = boxes_of(seen.proposals)
        questions = self._mixture.questions(item, DIALECT, proposals=boxes)
        if not questions:
            return self._item(self._mixture.item(item.number + 1_000_003))

        def called(box: Box) -> str:
            return seen.head.names(seen.asked([box]), regions.named)[0]

        named = tuple(zip(boxes, seen.proposals.names, strict=True))
        facts |= {"patches": len(seen.patches), "regions": named, "called": called}
        return pack(questions, **facts), seen

    def loss(self, model: nn.Module, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """Of a question about a picture its words, of one without what the base would have said.

        All of the base's probabilities are kept, not its likeliest word alone (distillation, arXiv
        1503.02531): answers without a picture must stay its own, and they are few to learn from.
        """
        logits, base = model(batch)
        at = _learned(batch["labels"])
        labels, weights = (batch[name].flatten()[at] for name in ("labels", "weights"))
        plain = batch["plain"].repeat_interleave(batch["ids"].shape[1])[at]
        losses = F.cross_entropy(logits.float(), labels, reduction="none")
        strayed = F.kl_div(
            logits[plain].float().log_softmax(-1),
            base.float().log_softmax(-1),
            log_target=True,
            reduction="none",
        ).sum(-1)
        losses = losses.masked_scatter(plain, strayed)
        weights = torch.where(plain, self.config.keep * weights, weights)
        figures = {
            "strayed": strayed.sum().item() / max(1, len(strayed)),
            "right_token": (logits.argmax(-1) == labels).float().mean().item(),
            "tokens": float(batch["ids"].numel()),
        }
        return (losses * weights).sum() / weights.sum(), figures


def boxes_of(proposals: Proposals) -> list[Box]:
    return [Box(*corners) for corners in proposals.boxes.tolist()]
