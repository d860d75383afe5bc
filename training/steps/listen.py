"""The adaptor's first stage: recognition by CTC against the language model's own embeddings.

No language model runs, so two cores suffice: the cached frames of the frozen encoder go through the
adaptor, and what it hears is compared with the sentence's tokens and with its letters.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.models.adaptor import LETTERS, WordsAdaptor
from training.loop import LoopConfig
from training.steps.heard import HeardBatches, collate

_LETTER = {letter: place for place, letter in enumerate(LETTERS)}
_LETTERS_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenConfig:
    """`shards` of `frames` are gone through in a new order each time; `masked` is the share of
    each utterance's frames that are hidden, in stretches. Where `agreement` is above 0, each is
    heard twice, with other frames hidden, and both are to hear the same: the weight of that
    (CR-CTC, arXiv 2410.05101, which takes 0.2 and hides 2.5 times as much as without it).
    """

    loop: LoopConfig
    frames: Path
    out: Path
    shards: int
    start: Path | None = None
    batch: int = 32
    masked: float = 0.08
    agreement: float = 0.0
    others: int | None = 1000  # words besides a batch's own that it is told from; None: all


class ListenStage:
    """Batches of utterances and their CTC losses. `columns` are the table's rows by token id."""

    def __init__(
        self,
        config: ListenConfig,
        model: WordsAdaptor,
        *,
        columns: dict[int, int],
        tokenize: Callable[[str], list[int]],
    ):
        self.config = config
        self.model = model
        self.pictures = config.batch
        self._columns = columns
        self._tokenize = tokenize
        self._batches = HeardBatches(config.frames, config.shards, config.batch)

    def batch(self, number: int) -> dict[str, Tensor]:
        """frames [w, T, d], real [w, T]; per window its utterance, first row, rows; the targets."""
        chosen = self._batches.utterances(number) * (2 if self.config.agreement else 1)
        rng = random.Random(f"masked:{number}")
        owners = [n for n, utterance in enumerate(chosen) for _ in utterance.windows]
        windows = [w for utterance in chosen for w in utterance.windows]
        frames, real = collate(chosen, rng, masked=self.config.masked, join=self.model.join)
        words = [self._tokens(u.text) for u in chosen]
        listed, told_apart = self._told_apart(words, rng)
        letters = [[_LETTER[c] for c in u.text if c in _LETTER] for u in chosen]
        return {
            "frames": frames,
            "real": real,
            "places": torch.tensor(
                [(o, w.first, w.rows) for o, w in zip(owners, windows, strict=True)]
            ),
            "told_apart": told_apart,
            **_targets("words", listed),
            **_targets("letters", letters),
        }

    def _tokens(self, text: str) -> list[int]:
        return [self._columns[i] for i in self._tokenize(f" {text}") if i in self._columns]

    def loss(self, model: nn.Module, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        letters, found = model(batch["frames"].float(), batch["real"])
        places = batch["places"].tolist()
        rows, lengths = _whole(found, places, 1)
        logits = self.model.words(rows, batch["told_apart"])
        words_loss, right = self._loss_of("words", logits, lengths, batch)
        letters_loss, _ = self._loss_of("letters", *_whole(letters, places, 2), batch)
        figures = {"words": words_loss.item(), "letters": letters_loss.item(), "right": right}
        return words_loss + _LETTERS_SHARE * letters_loss, figures

    def _loss_of(
        self, name: str, logits: Tensor, lengths: Tensor, batch: dict[str, Any]
    ) -> tuple[Tensor, float]:
        targets = batch[name]
        loss, right = _ctc(logits, lengths, targets, batch[f"{name}_lengths"])
        if self.config.agreement:
            loss = loss + self.config.agreement * _apart(logits) / len(targets)
        return loss, right

    def _told_apart(
        self, words: Sequence[Sequence[int]], rng: random.Random
    ) -> tuple[list[list[int]], Tensor]:
        """The words as places among those that the batch is told apart from, and these [k]."""
        table = range(len(self.model.table))
        if self.config.others is None:
            return [list(each) for each in words], torch.tensor(table)
        own = {word for each in words for word in each}
        chosen = sorted(own | set(rng.choices(table, k=self.config.others)))
        place = {word: at for at, word in enumerate(chosen)}
        return [[place[word] for word in each] for each in words], torch.tensor(chosen)


def _targets(name: str, targets: Sequence[Sequence[int]]) -> dict[str, Tensor]:
    return {
        name: torch.tensor([i for target in targets for i in target]),
        f"{name}_lengths": torch.tensor([len(target) for target in targets]),
    }


def _whole(values: Tensor, places: Sequence[Sequence[int]], pace: int) -> tuple[Tensor, Tensor]:
    """Blocks put together again from their windows: values [n, ...] of all utterances, lengths [u].

    `pace` is how many values a row has.
    """
    blocks = [
        (owner, values[window, first * pace : (first + rows) * pace])
        for window, (owner, first, rows) in enumerate(places)
    ]
    lengths = [0] * (blocks[-1][0] + 1)
    for owner, block in blocks:
        lengths[owner] += len(block)
    return torch.cat([block for _, block in blocks]), torch.tensor(lengths)


def _apart(logits: Tensor) -> Tensor:
    """How far the two halves [n, symbols] are apart, row by row, each measured by the other: the
    sum of both Kullback-Leibler divergences."""
    one, other = logits.float().log_softmax(-1).chunk(2)
    there = F.kl_div(one, other.detach(), reduction="sum", log_target=True)
    back = F.kl_div(other, one.detach(), reduction="sum", log_target=True)
    return there + back


def _ctc(
    logits: Tensor, lengths: Tensor, targets: Tensor, target_lengths: Tensor
) -> tuple[Tensor, float]:
    """The loss a symbol, and the share of utterances that are heard without a mistake.

    logits [n, symbols] of all utterances, the last symbol being the blank.
    """
    whole = torch.split(logits.float().log_softmax(-1), lengths.tolist())
    blank = logits.shape[-1] - 1
    losses = F.ctc_loss(
        nn.utils.rnn.pad_sequence(list(whole)),
        targets,
        lengths,
        target_lengths,
        blank=blank,
        reduction="none",
        zero_infinity=True,
    )
    right = 0
    with torch.no_grad():
        for each, target in zip(whole, torch.split(targets, target_lengths.tolist()), strict=True):
            best = torch.unique_consecutive(each.argmax(-1))
            right += best[best != blank].tolist() == target.tolist()
    return losses.sum() / target_lengths.sum(), right / len(whole)
