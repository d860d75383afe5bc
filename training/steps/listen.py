"""The adaptor's first stage: recognition by CTC against the language model's own embeddings.

No language model runs, so two cores suffice: the cached frames of the frozen encoder go through the
adaptor, and what it hears is compared with the sentence's tokens and with its letters.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.models.adaptor import LETTERS, WordsAdaptor
from training.data.speech.shards import UTTERANCES, HeardUtterance, read_shard, shard_path
from training.loop import LoopConfig

_LETTER = {letter: place for place, letter in enumerate(LETTERS)}
_LETTERS_SHARE = 0.3
_KEPT_SHARDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenConfig:
    """`shards` of `frames` are gone through in a new order each time; `masked` is the share of
    each utterance's frames that are hidden, in stretches."""

    loop: LoopConfig
    frames: Path
    out: Path
    shards: int
    start: Path | None = None
    batch: int = 32
    masked: float = 0.08


class ListenStage:
    """Batches of utterances and their CTC losses. `columns` are the table's rows by token id."""

    def __init__(
        self,
        config: ListenConfig,
        model: WordsAdaptor,
        *,
        columns: dict[int, int],
        tokenize: Any,
    ):
        self.config = config
        self.model = model
        self.pictures = config.batch
        self._columns = columns
        self._tokenize = tokenize

    def batch(self, number: int) -> dict[str, Tensor]:
        """frames [w, T, d], real [w, T]; per window its utterance, first row, rows; the targets."""
        chosen = self._utterances(number)
        rng = random.Random(f"masked:{number}")
        windows = [w for utterance in chosen for w in utterance.windows]
        owners = [n for n, utterance in enumerate(chosen) for _ in utterance.windows]
        longest = max(len(w.frames) for w in windows)
        longest += -longest % self.model.join
        frames = torch.zeros(len(windows), longest, windows[0].frames.shape[1])
        real = torch.zeros(len(windows), longest, dtype=torch.bool)
        for row, window in enumerate(windows):
            n = len(window.frames)
            frames[row, :n] = window.frames.float()
            real[row, : n + -n % self.model.join] = True
            self._hide(frames[row, :n], rng)
        words = [self._tokens(u.text) for u in chosen]
        letters = [[_LETTER[c] for c in u.text if c in _LETTER] for u in chosen]
        return {
            "frames": frames,
            "real": real,
            "places": torch.tensor(
                [(o, w.first, w.rows) for o, w in zip(owners, windows, strict=True)]
            ),
            **_targets("words", words),
            **_targets("letters", letters),
        }

    def _hide(self, frames: Tensor, rng: random.Random) -> None:
        left = int(len(frames) * self.config.masked)
        while left > 0:
            stretch = min(left, rng.randint(2, 12))
            at = rng.randrange(max(1, len(frames) - stretch))
            frames[at : at + stretch] = 0
            left -= stretch

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenize(f" {text}")
        return [self._columns[i] for i in ids if i in self._columns]

    def _utterances(self, number: int) -> Sequence[HeardUtterance]:
        a_shard = UTTERANCES // self.config.batch
        turn, place = divmod(number, a_shard)
        epoch, turn = divmod(turn, self.config.shards)
        shards = list(range(self.config.shards))
        random.Random(f"shards:{epoch}").shuffle(shards)
        utterances = _shard(shard_path(self.config.frames, shards[turn]))
        order = list(range(UTTERANCES))
        random.Random(f"order:{epoch}:{turn}").shuffle(order)
        chosen = order[place * self.config.batch : (place + 1) * self.config.batch]
        return [utterances[n] for n in chosen]

    def loss(self, model: nn.Module, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        letters, words = model(batch["frames"], batch["real"])
        words_loss, right = _ctc(words, batch, "words", 1)
        letters_loss, _ = _ctc(letters, batch, "letters", 2)
        figures = {"words": words_loss.item(), "letters": letters_loss.item(), "right": right}
        return words_loss + _LETTERS_SHARE * letters_loss, figures


@lru_cache(maxsize=_KEPT_SHARDS)
def _shard(path: Path) -> tuple[HeardUtterance, ...]:
    return tuple(read_shard(path))


def _targets(name: str, targets: Sequence[Sequence[int]]) -> dict[str, Tensor]:
    return {
        name: torch.tensor([i for target in targets for i in target]),
        f"{name}_lengths": torch.tensor([len(target) for target in targets]),
    }


def _ctc(logits: Tensor, batch: dict[str, Any], name: str, pace: int) -> tuple[Tensor, float]:
    """The loss a symbol, and the share of utterances that are heard without a mistake.

    `pace` is how many of these logits a row has. Blocks are put together again from their windows.
    """
    scores = logits.float().log_softmax(-1)
    blocks: dict[int, list[Tensor]] = {}
    for row, (owner, first, rows) in enumerate(batch["places"].tolist()):
        blocks.setdefault(owner, []).append(scores[row, first * pace : (first + rows) * pace])
    whole = [torch.cat(blocks[owner]) for owner in sorted(blocks)]
    lengths = torch.tensor([len(each) for each in whole])
    blank = scores.shape[-1] - 1
    targets, target_lengths = batch[name], batch[f"{name}_lengths"]
    losses = F.ctc_loss(
        nn.utils.rnn.pad_sequence(whole),
        targets,
        lengths,
        target_lengths,
        blank=blank,
        reduction="none",
        zero_infinity=True,
    )
    right = 0
    with torch.no_grad():
        for each, target in zip(whole, targets.split(target_lengths.tolist()), strict=True):
            best = each.argmax(-1).unique_consecutive()
            right += best[best != blank].tolist() == target.tolist()
    return losses.sum() / target_lengths.sum(), right / len(whole)
