"""LLaSM's way from the speech encoder to the language model (arXiv 2308.15930, section 3.1).

Whisper's decoder runs once on `tokens` start tokens over the encoder's frames; its last hidden
states [tokens, d] go through one linear layer. It is transformers' decoder, which is loaded for
such a bundle alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import BundleError


class DecoderAdaptor(nn.Module):
    """An adaptor whose rows come out of Whisper's decoder, however long the recording."""

    def __init__(self, config: Mapping[str, Any], *, tokens: int, n_embd: int):
        super().__init__()
        from huggingface_hub.errors import StrictDataclassError
        from transformers import WhisperConfig
        from transformers.models.whisper.modeling_whisper import WhisperDecoder

        try:
            settings = WhisperConfig(**config)
            self.decoder = WhisperDecoder(settings)
        except (ValueError, TypeError, StrictDataclassError) as error:
            raise BundleError(
                f"speech/config.json: transformers can't build its decoder: {error}"
            ) from error
        if tokens > settings.max_target_positions:
            raise BundleError(
                f"bundle.json asks for {tokens} start tokens (`speech.adaptor.tokens`) and the "
                f"speech decoder takes {settings.max_target_positions}."
            )
        start = torch.full((1, tokens), settings.decoder_start_token_id)
        self.register_buffer("start", start, persistent=False)
        self.rows = nn.Linear(settings.d_model, n_embd)

    def heard(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Frames of a recording [n, d] -> its rows [tokens, n_embd], all of which go on."""
        hidden = self.decoder(input_ids=self.start, encoder_hidden_states=frames[None])
        rows = self.rows(hidden.last_hidden_state[0])
        return rows, rows.new_ones(len(rows), dtype=torch.bool)
