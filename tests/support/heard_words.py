"""Sentences of two or three of five words, and frames in which each can be seen."""

from __future__ import annotations

import numpy as np
import torch

from engine.media.audio import Samples
from training.data.speech.shards import HeardWindow

WORDS = ("red", "blue", "dog", "cat", "tree")


def tokenize(text: str) -> list[int]:
    return [100 + WORDS.index(word) for word in text.split()]


def speak(number: int) -> tuple[str, Samples]:
    """Two or three words, each a number that its frames show."""
    rng = np.random.default_rng(number)
    chosen = rng.choice(len(WORDS), size=rng.integers(2, 4), replace=False)
    return " ".join(WORDS[n] for n in chosen), chosen.astype(np.float32)


def hear(samples: Samples, *, d_audio: int, loudness: float) -> list[HeardWindow]:
    """Twelve frames a word, in two windows that overlap by a row."""
    frames = torch.zeros(12 * len(samples), d_audio)
    for place, word in enumerate(samples.astype(int)):
        frames[12 * place + 2 : 12 * place + 9, word] = loudness
    return [HeardWindow(frames[:12], 0, 3), HeardWindow(frames[8:], 1, (len(frames) - 12) // 4)]
