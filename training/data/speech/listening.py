"""Sound -> what the frozen ears make of it, cut and computed as the engine does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.bundle.manifest import AdaptorFacts, SpeechFacts, WindowFacts
from engine.media.audio import HOP, Samples, log_mel
from engine.media.blocks import blocks
from engine.models.adaptor import WordsAdaptor
from engine.models.ears import FRAME
from engine.models.speech import SpeechEncoder
from training.data.speech.maker import spoken
from training.data.speech.shards import HeardWindow

SPEECH = SpeechFacts(
    seconds=30,
    longer="refuse",
    windows=WindowFacts(block=3.2, before=0.96, after=0.48),
    adaptor=AdaptorFacts(kind="words", join=4, layers=2, heads=5, width=320),
)
"""How the bundled model hears (figures: docs/experiments.md). Blocks are whole numbers of rows."""


@dataclass(frozen=True)
class Listener:
    """The speech encoder, frozen."""

    encoder: SpeechEncoder
    facts: SpeechFacts = SPEECH

    @torch.inference_mode()
    def __call__(self, samples: Samples) -> list[HeardWindow]:
        """The windows of a clip of 16 kHz, encoded; those too short to hold a frame left out."""
        row = self.facts.adaptor.join * FRAME
        heard = []
        for block in blocks(len(samples), self.facts.windows):
            if block.last - block.first < HOP:
                continue
            mel = torch.from_numpy(log_mel(samples[block.first : block.last]))
            frames = self.encoder(mel[None])[0]
            rows = -(-len(frames) // self.facts.adaptor.join)
            first = -(-(block.start - block.first) // row)
            last = min(rows, -(-(block.end - block.first) // row))
            heard.append(HeardWindow(frames, first, last - first))
        return heard


@dataclass(frozen=True)
class Speaker:
    """Says words and hears them: the rows that the language model would read."""

    listener: Listener
    adaptor: WordsAdaptor

    def rows(self, text: str, number: int) -> Tensor:
        """The words, said as training's utterance `number`: rows [n, n_embd]; none: not heard."""
        return self.heard(self.listener(spoken(text, number)[0]))

    @torch.inference_mode()
    def heard(self, windows: Sequence[HeardWindow]) -> Tensor:
        """What is passed on of a clip's windows: rows [n, n_embd]."""
        found = [torch.zeros(0, self.adaptor.table.shape[1])]
        for window in windows:
            rows, says = self.adaptor.heard(window.frames.float())
            kept = slice(window.first, window.first + window.rows)
            found.append(rows[kept][says[kept]])
        return torch.cat(found)
