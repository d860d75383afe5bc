"""Batches of spoken sentences out of shards, for the stages that teach the adaptors."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from training.data.speech.shards import UTTERANCES, HeardUtterance, shard, shard_path


@dataclass(frozen=True, slots=True)
class HeardBatches:
    """`shards` of `folder`, gone through in a new order each time; `size` sentences of like length
    a batch, so that little is filled up."""

    folder: Path
    shards: int
    size: int

    def utterances(self, number: int) -> list[HeardUtterance]:
        """Batch `number`, the same for ever."""
        a_shard = UTTERANCES // self.size
        turn, place = divmod(number, a_shard)
        epoch, turn = divmod(turn, self.shards)
        shards = list(range(self.shards))
        random.Random(f"shards:{epoch}").shuffle(shards)
        utterances = shard(shard_path(self.folder, shards[turn]))
        order = sorted(range(UTTERANCES), key=lambda n: _length(utterances[n]))
        places = list(range(a_shard))
        random.Random(f"order:{epoch}:{turn}").shuffle(places)
        first = places[place] * self.size
        return [utterances[n] for n in order[first : first + self.size]]


def collate(
    utterances: Sequence[HeardUtterance], rng: random.Random, *, masked: float, join: int
) -> tuple[Tensor, Tensor]:
    """All windows: frames [w, T, d], in the first one's precision, `masked` of each hidden, and
    real [w, T].

    Both are filled up to whole rows of `join` frames.
    """
    windows = [window for utterance in utterances for window in utterance.windows]
    longest = max(len(window.frames) for window in windows)
    longest += -longest % join
    frames = windows[0].frames.new_zeros(len(windows), longest, windows[0].frames.shape[1])
    real = torch.zeros(len(windows), longest, dtype=torch.bool)
    for row, window in enumerate(windows):
        n = len(window.frames)
        frames[row, :n] = window.frames
        real[row, : n + -n % join] = True
        _hide(frames[row, :n], rng, masked)
    return frames, real


def _hide(frames: Tensor, rng: random.Random, masked: float) -> None:
    left = int(len(frames) * masked)
    while left > 0:
        stretch = min(left, rng.randint(2, 12))
        at = rng.randrange(max(1, len(frames) - stretch))
        frames[at : at + stretch] = 0
        left -= stretch


def _length(utterance: HeardUtterance) -> int:
    return sum(len(window.frames) for window in utterance.windows)
