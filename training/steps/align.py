"""Alignment: the projector learns the language model's own words for what is there.

Each row is classified against the language model's token embeddings: a region's row by the words
of its label, a patch row by the words of the things that cover it. No language model runs, so this
takes minutes; without it the joint stages do not start within hours (docs/experiments.md).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.bundle import RegionFacts
from engine.grounding.geometry import Box
from engine.media.image import ImageGeometry
from engine.models.projector import Projector
from engine.models.regions import LOOKS
from training.data.mixture import MixConfig, Mixture
from training.data.photos import boxed_phrases
from training.data.samples import Sample
from training.data.vocabulary import COLOURS
from training.look import glance
from training.loop import LoopConfig
from training.steps.dense import Eyes
from training.steps.joint import REGIONS

SHARPNESS = 20.0  # logit of a row that points where its word's embedding does
STOP = {"a", "an", "the", "of", "in", "on", "at", "and", "with", "his", "her", "their", "its", "to"}
COVERED = 0.3  # share of a patch that a thing must cover to name it, or of a thing inside it

Words = Callable[[str], list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignConfig:
    loop: LoopConfig
    mix: MixConfig
    out: Path
    eyes: Path
    start: Path | None = None  # a run whose projector is aligned further
    sprites: Path | None = None
    photos: Path | None = None
    batch: int = 32
    regions: RegionFacts = REGIONS


def labels_of(sample: Sample) -> list[tuple[str, Box]]:
    """What is said of each box: a thing's label, a phrase of a caption."""
    labels = [(thing.label, thing.box) for thing in sample.things]
    return labels + [(words, box) for words, boxes in boxed_phrases(sample) for box in boxes]


def content_words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", text.lower()) if word not in STOP]


class Aligner(nn.Module):
    """The projector against a table of word embeddings [V, n_embd].

    `looks` is a second layer over a region's colours and corners. They are 12 numbers among 2,400
    and at the common rate would hardly be heard; `folded` makes one projector of both.
    """

    table: Tensor

    def __init__(self, projector: Projector, table: Tensor):
        super().__init__()
        self.projector = projector
        self.looks = nn.Linear(LOOKS, table.shape[1], bias=False)
        nn.init.zeros_(self.looks.weight)
        self.register_buffer("table", table)

    def forward(self, patches: Tensor, regions: Tensor) -> tuple[Tensor, Tensor]:
        rows = self.projector.region_rows(regions) + self.looks(regions[:, -LOOKS:])
        return self.projector.patches(patches), rows

    def folded(self) -> Projector:
        """The projector alone that gives the same rows."""
        whole = copy.deepcopy(self.projector)
        assert whole.regions is not None
        with torch.no_grad():
            whole.regions.weight[:, -LOOKS:] += self.looks.weight
        return whole


class AlignStage:
    """Batches of rows' inputs with the words that they should mean."""

    def __init__(
        self,
        config: AlignConfig,
        model: Aligner,
        *,
        mixture: Mixture,
        eyes: Eyes,
        geometry: ImageGeometry,
        columns: dict[str, tuple[int, ...]],
    ):
        self.config = config
        self.model = model
        self.pictures = config.batch
        self._mixture = mixture
        self._eyes = eyes
        self._geometry = geometry
        self._columns = columns

    def batch(self, number: int) -> dict[str, Tensor]:
        """patches [p, d], regions [r, d], and their wanted words [p, V], [r, V] (rows sum to 1)."""
        patches, regions, patch_words, region_words = [], [], [], []
        colours: list[int] = []
        for place in range(self.config.batch):
            item = self._mixture.item(number * self.config.batch + place)
            if item.sample is None:
                continue
            seen = glance(self._eyes, item.sample, self._geometry, 2, self.config.regions)
            texts = labels_of(item.sample)
            labels = [(self._wanted(words), box) for words, box in texts]
            side = round(len(seen.patches) ** 0.5)
            for n in range(len(seen.patches)):
                cell = _cell(n, side)
                said = [w for w, box in labels if _covers(box, cell)]
                if any(s.sum() > 0 for s in said):
                    patches.append(seen.patches[n])
                    patch_words.append(_share(said))
            for n, corners in enumerate(seen.proposals.boxes.tolist()):
                here = [k for k, (_, box) in enumerate(labels) if box.iou(Box(*corners)) >= 0.5]
                said = [labels[k][0] for k in here]
                if any(s.sum() > 0 for s in said):
                    regions.append(seen.proposals.vectors[n])
                    region_words.append(_share(said))
                    colours.append(colour_in([texts[k][0] for k in here]))
        vocabulary = self.model.table.shape[0]
        projector = self.model.projector
        return {
            "patches": _stacked(patches, projector.patches.in_features),
            "regions": _stacked(regions, self._eyes.head.config.row_width),
            "patch_words": _stacked(patch_words, vocabulary),
            "region_words": _stacked(region_words, vocabulary),
            "colours": torch.tensor(colours, dtype=torch.long),
        }

    def _wanted(self, text: str) -> Tensor:
        wanted = torch.zeros(self.model.table.shape[0])
        for word in content_words(text):
            wanted[list(self._columns.get(word, ()))] += 1
        return wanted

    def loss(self, model: nn.Module, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        patch_rows, region_rows = model(batch["patches"], batch["regions"])
        table = self.model.table
        patch_loss, _ = row_loss(patch_rows.float(), table, batch["patch_words"])
        region_loss, right = row_loss(region_rows.float(), table, batch["region_words"])
        seen = batch["colours"] >= 0
        names = torch.stack([table[list(self._columns[name])].mean(0) for name in COLOURS])
        colour_loss, colour_right = choice_loss(region_rows[seen], names, batch["colours"][seen])
        figures = {
            "patches": patch_loss.item(), "regions": region_loss.item(), "right": right,
            "colours": colour_loss.item(), "colour_right": colour_right,
        }  # fmt: skip
        return patch_loss + region_loss + colour_loss, figures


def row_loss(rows: Tensor, table: Tensor, wanted: Tensor) -> tuple[Tensor, float]:
    """Cross-entropy of rows against words by direction, and how far their length is from a word's.

    By direction, for a row could else be surer by being longer. Also the share of rows whose
    nearest word is one of those wanted. No rows: zero, zero.
    """
    if not len(rows):
        return rows.sum(), 0.0
    length = table.norm(dim=-1).mean()
    logits = F.normalize(rows, dim=-1) @ table.T * (SHARPNESS / length)
    entropy = F.cross_entropy(logits, wanted)
    stray = (rows.norm(dim=-1) / length - 1).square().mean()
    right = wanted.gather(1, logits.argmax(-1, keepdim=True)).gt(0).float().mean()
    return entropy + stray, right.item()


def choice_loss(rows: Tensor, names: Tensor, right: Tensor) -> tuple[Tensor, float]:
    """Cross-entropy of rows [k, n_embd] by direction among a few `names` [m, n_embd] alone.

    Words of a kind lie close together (pink is to purple as 0.74): among all words, any of them
    will do. Also the share of rows that choose right. No rows: zero, zero.
    """
    if not len(rows):
        return rows.sum(), 0.0
    logits = F.normalize(rows, dim=-1) @ F.normalize(names, dim=-1).T * SHARPNESS
    return F.cross_entropy(logits, right), (logits.argmax(-1) == right).float().mean().item()


def colour_in(texts: Sequence[str]) -> int:
    """The place in COLOURS of the one colour that the texts name; -1 for none or several."""
    named = {word for text in texts for word in content_words(text)} & set(COLOURS)
    return list(COLOURS).index(named.pop()) if len(named) == 1 else -1


def begin_with_names(projector: Projector, eyes: Eyes, embedding: Callable[[str], Tensor]) -> None:
    """A region's row starts as its likely names' embeddings, weighted by probability."""
    assert projector.regions is not None
    start = eyes.head.config.width
    with torch.no_grad():
        # Thousands of features sum up in a row: small weights, or the first rows drown every word.
        projector.patches.weight.mul_(0.02)
        projector.regions.weight.mul_(0.02)
        for n, name in enumerate(eyes.head.config.classes):
            projector.regions.weight[:, start + n] = embedding(name)


def word_columns(
    texts: Iterable[str], tokens: Words
) -> tuple[list[int], dict[str, tuple[int, ...]]]:
    """The token ids in use, and for each word the places of its tokens in that list."""
    ids: dict[int, int] = {}
    columns: dict[str, tuple[int, ...]] = {}
    for text in texts:
        for word in content_words(text):
            if word not in columns:
                found = tokens(f" {word}")
                columns[word] = tuple(ids.setdefault(token, len(ids)) for token in found)
    return list(ids), columns


def _cell(n: int, side: int) -> Box:
    y, x = divmod(n, side)
    return Box(x / side, y / side, (x + 1) / side, (y + 1) / side)


def _covers(box: Box, cell: Box) -> bool:
    wide = min(box.x2, cell.x2) - max(box.x1, cell.x1)
    tall = min(box.y2, cell.y2) - max(box.y1, cell.y1)
    if wide <= 0 or tall <= 0:
        return False
    return wide * tall >= COVERED * min(cell.area, max(box.area, 1e-6))


def _stacked(vectors: list[Tensor], width: int) -> Tensor:
    """[n, width], also where there is none."""
    return torch.stack(vectors) if vectors else torch.zeros(0, width)


def _share(said: list[Tensor]) -> Tensor:
    total = torch.stack(said).sum(0)
    return total / total.sum()
