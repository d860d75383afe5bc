"""The Whisper-architecture speech encoder (arXiv 2212.04356), for any number of mel frames.

Built from transformers' Whisper config, with transformers' names of the weights. Its own class
takes exactly 30 s, which would cost a short recording many times what it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from engine.errors import BundleError

STRIDE = 2
"""Mel frames that become one frame of the encoder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechConfig:
    """The part of a Whisper config that the encoder is built from; names are transformers'."""

    num_mel_bins: int
    d_model: int
    encoder_layers: int
    encoder_attention_heads: int
    encoder_ffn_dim: int
    max_source_positions: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SpeechConfig:
        """From `speech/config.json`. Raises BundleError for what is no Whisper's config."""
        if config.get("model_type") != "whisper":
            raise BundleError(
                f"speech/config.json: {config.get('model_type')!r} is no speech encoder known here "
                "(whisper is); update the program or choose another bundle."
            )
        if config.get("activation_function", "gelu") != "gelu":
            raise BundleError("speech/config.json: `activation_function` must be gelu.")
        return cls(**whole_numbers(config, cls.__slots__, heads="encoder_attention_heads"))


def whole_numbers(config: Mapping[str, Any], keys: Iterable[str], *, heads: str) -> dict[str, int]:
    """The `keys` of a Whisper's config, each from 1; `d_model` is shared by the key `heads`.

    Raises BundleError.
    """
    found: dict[str, int] = {}
    for key in keys:
        value = config.get(key)
        if not isinstance(value, int) or value < 1:
            raise BundleError(
                f"speech/config.json: `{key}` must be a whole number from 1, not {value!r}."
            )
        found[key] = value
    if found["d_model"] % found[heads]:
        raise BundleError(
            f"speech/config.json: {found['d_model']} numbers can't be shared by {found[heads]} "
            f"heads (`{heads}`)."
        )
    return found


class SpeechEncoder(nn.Module):
    """Log-mel [B, n_mels, t] -> frames [B, ceil(t/2), d_model]; positions count from 0."""

    def __init__(self, config: SpeechConfig):
        super().__init__()
        width = config.d_model
        self.config = config
        self.conv1 = nn.Conv1d(config.num_mel_bins, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=STRIDE, padding=1)
        self.embed_positions = nn.Embedding(config.max_source_positions, width)
        heads, inner = config.encoder_attention_heads, config.encoder_ffn_dim
        self.layers = nn.ModuleList(
            EncoderLayer(width, heads=heads, inner=inner) for _ in range(config.encoder_layers)
        )
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, mel: Tensor) -> Tensor:
        frames = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2)  # [B, n, d]
        if frames.shape[1] > self.config.max_source_positions:
            raise ValueError(
                f"{frames.shape[1]} frames of speech and {self.config.max_source_positions} places"
            )
        hidden = frames + self.embed_positions.weight[: frames.shape[1]]
        for layer in self.layers:
            hidden = layer(hidden)
        return self.layer_norm(hidden)  # type: ignore[no-any-return]


class EncoderLayer(nn.Module):
    """Attention, then two linear layers, each behind its norm and beside its input."""

    def __init__(self, width: int, *, heads: int, inner: int):
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, hidden: Tensor, seen: Tensor | None = None) -> Tensor:
        """hidden [B, n, width]; `seen`, which goes with [B, heads, n, n], is true where one looks
        at another; None: all at all."""
        normed = self.self_attn_layer_norm(hidden)
        hidden = hidden + self.self_attn(normed, self.self_attn.memory(normed), seen)
        inner = F.gelu(self.fc1(self.final_layer_norm(hidden)))
        return hidden + self.fc2(inner)  # type: ignore[no-any-return]


class Attention(nn.Module):
    """What is looked at is given as its keys and values. Keys have no bias."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def memory(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values [B, heads, n, d_head] of what is attended to."""
        return self._split(self.k_proj(hidden)), self._split(self.v_proj(hidden))

    def forward(
        self,
        hidden: Tensor,
        memory: tuple[Tensor, Tensor],
        seen: Tensor | None = None,
        *,
        causal: bool = False,
    ) -> Tensor:
        query = self._split(self.q_proj(hidden))
        mixed = F.scaled_dot_product_attention(query, *memory, attn_mask=seen, is_causal=causal)
        found: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return found

    def _split(self, projected: Tensor) -> Tensor:
        return projected.reshape(*projected.shape[:2], self.heads, -1).transpose(1, 2)
