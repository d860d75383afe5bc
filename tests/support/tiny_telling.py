"""An adaptor that tells words, out of a Whisper with random weights."""

from __future__ import annotations

import torch
from transformers import WhisperModel

from engine.models.telling import START, DecoderConfig, TellingAdaptor


def tiny_telling(
    whisper: WhisperModel, *, words: int, n_embd: int, further: int = 0
) -> TellingAdaptor:
    """Its words are the first of Whisper's; the rest is of torch's random state as it is."""
    config = DecoderConfig.of(whisper.config.to_dict())
    adaptor = TellingAdaptor(config, n_embd=n_embd, words=words, further=further)
    state = whisper.decoder.state_dict()
    own = {
        "spoken": state.pop("embed_tokens.weight")[: words + 1 + START] * 40,
        "table": torch.randn(words, n_embd),
        "around": torch.randn(2, whisper.config.d_model),
    }
    adaptor.load_state_dict({**adaptor.state_dict(), **state, **own})
    return adaptor.eval()


@torch.no_grad()
def that_ends(adaptor: TellingAdaptor, *, after: int) -> TellingAdaptor:
    """The same, made to end some `after` words: random weights end at once or never.

    One of the numbers of each place grows with the place, and the end alone is told by it.
    """
    places = torch.arange(len(adaptor.embed_positions.weight))
    adaptor.embed_positions.weight[:, 0] = 3.0 * (places - START - after)
    adaptor.spoken[:, 0] = 0
    adaptor.spoken[adaptor.words] = 0
    adaptor.spoken[adaptor.words, 0] = 40
    return adaptor
