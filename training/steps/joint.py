"""Stages 1 to 3: projector and LoRA learn to read, name, count, point and tell, packed by picture.

What the model is shown is what the engine will show it: the eyes' own proposals, mistakes and all,
rendered by the engine's own prompt. The eyes are frozen and look in the worker process.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

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
from training.data.questions import Question
from training.data.questions.aloud import AloudConfig, aloud
from training.data.speech.recognition import INSTRUCTIONS, written
from training.data.speech.shards import UTTERANCES, HeardWindow, shard, shard_path
from training.language import LanguageModel, LoraSettings
from training.look import Glance, glance
from training.loop import LoopConfig
from training.packing import (
    PATCH,
    REGION,
    SPEECH,
    Packed,
    PlainQuestion,
    Tokenize,
    collate,
    pack,
    pack_plain,
)
from training.steps.dense import Eyes

STYLE = PromptStyle(template="chatml", region_rows=True, audio_as_words=True)
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
    ears: Path | None = None  # the run with the adaptor, where something is spoken
    aloud: AloudConfig = field(default_factory=AloudConfig)
    frames: Path | None = None  # shards of speech, for recognition
    shards: int = 0
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
        rows = _placed(rows, ids == SPEECH, batch["speech"])
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


class Speaks(Protocol):
    """What says words and hears them; `training.data.speech.listening.Speaker` is the real one."""

    def rows(self, text: str, number: int) -> Tensor:
        """The words said as utterance `number`, and heard: rows [n, n_embd]."""

    def heard(self, windows: Sequence[HeardWindow]) -> Tensor:
        """What is passed on of a clip's windows: rows [n, n_embd]."""


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """An item as a sequence, with what stands at its places for rows.

    `typed` says that it is nothing but typed words, whose answers are to stay the base's own.
    """

    packed: Packed
    seen: Glance | None
    speech: Sequence[Tensor]
    typed: bool


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
        speaker: Speaks | None = None,
    ):
        self.config = config
        self.model = model
        self._speaker = speaker
        self.pictures = config.batch
        self._mixture = mixture
        self._eyes = eyes
        self._geometry = geometry
        self._tokenize = tokenize

    def batch(self, number: int) -> dict[str, Tensor]:
        """The packs of `collate`, with patches [p, join*join*C], regions [r, row_width] and speech
        [s, n_embd]."""
        first = number * self.config.batch
        items = [self._item(self._mixture.item(first + n)) for n in range(self.config.batch)]
        glances = [(item.seen, item.packed.asked) for item in items if item.seen is not None]
        batch = collate([item.packed for item in items])
        batch["plain"] = torch.tensor([item.typed for item in items])
        projector, width = self.model.projector, self._eyes.head.config.row_width
        n_embd = projector.patches.out_features
        batch["patches"] = _joined(
            (seen.patches for seen, _ in glances), projector.patches.in_features
        )
        batch["regions"] = _joined(
            (
                vectors
                for seen, asked in glances
                for vectors in (seen.proposals.vectors, seen.asked(asked))
            ),
            width,
        )
        batch["speech"] = _joined((rows for item in items for rows in item.speech), n_embd)
        return batch

    def _item(self, item: Item) -> _Prepared:
        if item.plain is not None:
            rng = random.Random(f"plain:{item.number}")
            count = min(self.config.plain, len(self._mixture.plain))
            pairs = rng.sample(self._mixture.plain, count)
            return self._plain([PlainQuestion(p.prompt, p.answer) for p in pairs], ())
        if item.heard is not None:
            return self._heard(item.heard)
        assert item.sample is not None
        regions, join = self.config.regions, self.model.projector.join
        seen = glance(self._eyes, item.sample, self._geometry, join, regions)
        boxes = boxes_of(seen.proposals)
        questions = self._mixture.questions(item, DIALECT, proposals=boxes)
        if not questions:
            return self._item(self._mixture.item(item.number + 1_000_003))
        questions, speech = self._aloud(questions, item.number)

        def called(box: Box) -> str:
            return seen.head.names(seen.asked([box]), regions.named)[0]

        packed = pack(
            questions,
            patches=len(seen.patches),
            regions=tuple(zip(boxes, seen.proposals.names, strict=True)),
            called=called,
            said=[len(rows) for rows in speech],
            **self._facts,
        )
        return _Prepared(packed, seen, speech, typed=False)

    @property
    def _facts(self) -> dict[str, Any]:
        return {"style": STYLE, "dialect": DIALECT, "tokenize": self._tokenize}

    def _aloud(
        self, questions: Sequence[Question], number: int
    ) -> tuple[list[Question], list[Tensor]]:
        """Some of the questions said; those of which nothing was heard are typed after all."""
        rng = random.Random(f"aloud:{number}")
        asked: list[Question] = []
        speech: list[Tensor] = []
        for place, question in enumerate(questions):
            changed = aloud(question, rng, self.config.aloud)
            if changed.spoken and self._speaker is not None:
                rows = self._speaker.rows(changed.words, number * 100 + place)
                changed = changed if len(rows) else question
                speech += [rows] if len(rows) else []
            asked.append(changed)
        return asked, speech

    def _heard(self, turn: int) -> _Prepared:
        """Recordings of the shards to be written down, and plain questions to be answered."""
        assert self._speaker is not None and self.config.frames is not None
        rng = random.Random(f"heard:{turn}")
        number = rng.randrange(self.config.shards * UTTERANCES)
        utterances = shard(shard_path(self.config.frames, number // UTTERANCES))
        listed: list[PlainQuestion] = []
        speech: list[Tensor] = []
        for utterance in rng.sample(utterances, self.config.plain):
            rows = self._speaker.heard(utterance.windows)
            if len(rows):
                answer = written(utterance.text)
                words = rng.choice(INSTRUCTIONS)
                listed.append(PlainQuestion(words, answer, "transcribe", len(rows)))
                speech.append(rows)
        for pair in rng.sample(self._mixture.plain, min(2, len(self._mixture.plain))):
            rows = self._speaker.rows(pair.prompt, rng.randrange(2**31))
            if len(rows):
                listed.append(PlainQuestion("", pair.answer, said=len(rows)))
                speech.append(rows)
        return self._plain(listed, speech)

    def _plain(self, questions: Sequence[PlainQuestion], speech: Sequence[Tensor]) -> _Prepared:
        packed = pack_plain(questions, **self._facts)
        return _Prepared(packed, None, speech, typed=not speech)

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


def _joined(rows: Iterable[Tensor], width: int) -> Tensor:
    """All rows [n, width], in order; there may be none."""
    return torch.cat([torch.zeros(0, width), *rows])


def boxes_of(proposals: Proposals) -> list[Box]:
    return [Box(*corners) for corners in proposals.boxes.tolist()]
