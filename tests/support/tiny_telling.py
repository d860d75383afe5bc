"""An adaptor that tells words, out of a Whisper with random weights."""

from __future__ import annotations

import torch
from transformers import WhisperModel

from engine.models.telling import START, DecoderConfig, TellingAdaptor


def tiny_telling(whisper: WhisperModel, *, words: int, n_embd: int) -> TellingAdaptor:
    """Its words are the first of Whisper's; the rest is of torch's random state as it is."""
    adaptor = TellingAdaptor(DecoderConfig.of(whisper.config.to_dict()), n_embd=n_embd, words=words)
    state = whisper.decoder.state_dict()
    own = {
        "spoken": state.pop("embed_tokens.weight")[: words + 1 + START] * 40,
        "table": torch.randn(words, n_embd),
        "around": torch.randn(2, whisper.config.d_model),
    }
    adaptor.load_state_dict({**state, **own})
    return adaptor.eval()
