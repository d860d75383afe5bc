"""The adaptor that tells words, taught on cached frames without the language model.

Where a sentence is heard in several windows, nobody says which words belong to which of them: the
loss is that of all ways to share them out, as a neural transducer sums over its alignments (Graves
2012, arXiv 1211.3711), a window at a time (arXiv 1511.04868).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.models.telling import TellingAdaptor
from training.convert.telling import FURTHER
from training.data.speech.shards import HeardUtterance
from training.loop import LoopConfig
from training.steps.heard import HeardBatches, collate


@dataclass(frozen=True, slots=True, kw_only=True)
class TellConfig:
    """`shards` of `frames` are gone through in a new order each time; `masked` is the share of
    each window's frames that are hidden, in stretches, and `misheard` that of the words before that
    are others than were said, as some are that the adaptor itself has told. `rank` is LoRA's.
    `onward` is how far the result goes from `start` to the trained weights, and `share` how far
    from Whisper's own to there: a little less than all the way hears unknown voices better
    (WiSE-FT, arXiv 2109.01903). `further` layers stand between the frozen encoder and the decoder.
    """

    loop: LoopConfig
    frames: Path
    out: Path
    shards: int
    start: Path | None = None
    batch: int = 32
    masked: float = 0.12
    misheard: float = 0.05
    rank: int = 64
    further: int = 0
    share: float = 0.85
    onward: float = 1.0


class Pupil(nn.Module):
    """The adaptor, and the last of its words, which Whisper's vocabulary lacks: `fresh` [m, d]."""

    def __init__(self, adaptor: TellingAdaptor, fresh: int):
        super().__init__()
        self.adaptor = adaptor
        first = adaptor.words - fresh
        self.fresh = nn.Parameter(adaptor.spoken[first : adaptor.words].clone())
        self._untaught = self._now()
        self.begun = self._untaught

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """How likely each word and the end are at each place: log [w, L + 1, words + 1]."""
        spoken, words = self.adaptor.spoken.detach(), self.adaptor.words
        parts = spoken[: words - len(self.fresh)], self.fresh, spoken[words:]
        self.adaptor.spoken = torch.cat(parts)
        frames = batch["frames"].float()
        hidden = self.adaptor(frames, batch["place"], batch["real"], batch["told"])
        return self.adaptor.logits(hidden)

    def taught(self) -> dict[str, nn.Parameter]:
        """What is trained, by the names that `training.convert.telling.teach` knows."""
        own = {_short(n): p for n, p in self.adaptor.named_parameters() if p.requires_grad}
        return {**own, "fresh": self.fresh}

    def begin_here(self) -> None:
        """What was put into it is where it begins."""
        self.begun = self._now()

    def part_of_the_way(self, share: float, onward: float = 1.0) -> dict[str, Tensor]:
        """The same, `onward` of the way from where it began, `share` of that from Whisper's."""
        found = {}
        for name, value in self._now().items():
            way = 1.0 if _NOT_LAST.search(name) else share
            reached = torch.lerp(self.begun[name].to(value), value, onward)
            found[name] = torch.lerp(self._untaught[name].to(value), reached, way)
        return found

    def _now(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.taught().items()}


# Of a product one factor is enough: of LoRA's, and of what a further layer adds.
_NOT_LAST = re.compile(rf"\.lora_A$|^{FURTHER}(?!.*(out_proj|fc2))")


def _short(name: str) -> str:
    """peft's "layers.3.fc1.lora_A.default.weight" -> "layers.3.fc1.lora_A"."""
    return name.removesuffix(".default.weight")


class TellStage:
    """Batches of sentences and the loss of telling them. `columns` are the words by token id; one
    of what is `quiet`, where nobody says anything, is in each batch.
    """

    def __init__(
        self,
        config: TellConfig,
        model: Pupil,
        *,
        columns: dict[int, int],
        tokenize: Callable[[str], list[int]],
        join: int,
        quiet: Sequence[HeardUtterance] = (),
    ):
        self.config = config
        self.model = model
        self.pictures = config.batch
        self._columns = columns
        self._tokenize = tokenize
        self._join = join
        self._quiet = quiet
        self._batches = HeardBatches(config.frames, config.shards, config.batch)

    def batch(self, number: int) -> dict[str, Tensor]:
        """frames [w, T, d], real, place [w, T]; per window its utterance and the words [w, L]."""
        chosen = self._batches.utterances(number)
        rng = random.Random(f"told:{number}")
        if self._quiet:
            chosen = [*chosen, rng.choice(self._quiet)]
        frames, real = collate(chosen, rng, masked=self.config.masked, join=1)
        words = [self._words(each.text) for each in chosen]
        longest = max(map(len, words))
        windows = [(n, window) for n, each in enumerate(chosen) for window in each.windows]
        place = torch.zeros(real.shape, dtype=torch.long)
        told = torch.zeros(len(windows), longest, dtype=torch.long)
        for row, (owner, window) in enumerate(windows):
            first = window.first * self._join
            place[row, first:] = 1
            place[row, first + window.rows * self._join :] = 2
            told[row, : len(words[owner])] = torch.tensor(words[owner])
        targets = told.clone()
        wrong = torch.tensor([rng.random() < self.config.misheard for _ in range(told.numel())])
        others = torch.tensor(rng.choices(tuple(self._columns.values()), k=told.numel()))
        told = torch.where(wrong.view_as(told), others.view_as(told), told)
        return {
            "frames": frames,
            "real": real,
            "place": place,
            "told": told,
            "targets": targets,
            "owners": torch.tensor([owner for owner, _ in windows]),
            "lengths": torch.tensor([len(each) for each in words]),
        }

    def _words(self, text: str) -> list[int]:
        if not text:
            return []  # a space alone would be a word
        return [self._columns[i] for i in self._tokenize(f" {text}") if i in self._columns]

    def loss(self, model: nn.Module, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        logits = model(batch).float()
        all_of_it = logits.logsumexp(-1)
        told = logits[:, :-1].gather(-1, batch["targets"][..., None])[..., 0] - all_of_it[:, :-1]
        ended = logits[..., -1] - all_of_it
        losses = shared_out(told, ended, batch["owners"], batch["lengths"])
        with torch.no_grad():
            right = logits[:, :-1].argmax(-1) == batch["targets"]
        return losses.sum() / (batch["lengths"] + 1).sum(), {"right": _right(right, batch)}


def shared_out(told: Tensor, ended: Tensor, owners: Tensor, lengths: Tensor) -> Tensor:
    """-log of how likely each sentence is, over all ways to share its words out: [utterances].

    `told` [w, L] is how likely (log) a window tells each word after those before it, `ended`
    [w, L + 1] that it ends before each; `owners` [w] are the utterances, in order and each with a
    window at least, of `lengths`.
    """
    so_far = F.pad(told.cumsum(1), (1, 0))
    place = torch.arange(len(owners), device=owners.device)
    turn = place - torch.searchsorted(owners, owners)  # which of its utterance's windows it is
    first = turn == 0
    reached = so_far[first] + ended[first]  # log of how likely the first k words were told so far
    for number in range(1, int(turn.max()) + 1):
        now = turn == number
        begun = (reached[owners[now]] - so_far[now]).logcumsumexp(1)
        reached = reached.index_copy(0, owners[now], begun + so_far[now] + ended[now])
    return -reached.gather(1, lengths[:, None])[:, 0]


def _right(right: Tensor, batch: dict[str, Any]) -> float:
    """The share of words that the only window of a sentence has right; of `right` [w, L]."""
    owners, lengths = batch["owners"], batch["lengths"]
    alone = torch.bincount(owners)[owners] == 1
    said = torch.arange(right.shape[1], device=right.device) < lengths[owners, None]
    seen = said & alone[:, None]
    return float((right & seen).sum() / seen.sum().clamp(min=1))
