"""Frames -> rows, by a decoder that tells what is said word by word.

It is Whisper's decoder (arXiv 2212.04356, section 2.2; names of the weights are transformers'),
with tokens of the language model in the place of its own: it looks at the frames of one window and
at the words before, and says the next. A row is a mixture of the language model's own embeddings by
how likely each word is (LegoSLM, arXiv 2505.11352), so that doubts stay doubts; how likely is
sharpened, or small doubts would blur words that were heard well. The next word builds on the
likeliest. Of a window it tells what belongs to the block in its middle: what was told
before is known, and what is left is the next block's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.errors import BundleError
from engine.models.speech import Attention, whole_numbers

START = 2
"""Places before the first word: Whisper's marks of a transcript, and of one without times."""

KNOWN = 40
"""Words of the same recording before a block that are known when it is told."""

_A_SECOND = 7  # words that can be told
_SPARE = 4
_FRAMES_A_SECOND = 50
_MIXED = 64  # words of a row; those behind them have no share to speak of


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderConfig:
    """The part of a Whisper config that the decoder is built from; names are transformers'."""

    d_model: int
    decoder_layers: int
    decoder_attention_heads: int
    decoder_ffn_dim: int
    max_target_positions: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> DecoderConfig:
        """From `speech/config.json`. Raises BundleError for what is no Whisper's config."""
        found = cls(**whole_numbers(config, cls.__slots__, heads="decoder_attention_heads"))
        if found.max_target_positions <= START + KNOWN:
            raise BundleError(
                f"speech/config.json: {found.max_target_positions} places "
                f"(`max_target_positions`) leave none for words; {START + KNOWN + 1} at least."
            )
        return found


class TellingAdaptor(nn.Module):
    """`spoken` [words + 3, d] holds the decoder's embeddings of the words that can be told, of the
    end and of both marks of the start; `table` [words, n_embd] the language model's of the words.
    Logits are `sharpness` times as large in a row's mixture.
    """

    spoken: Tensor
    table: Tensor

    def __init__(self, config: DecoderConfig, *, n_embd: int, words: int, sharpness: float = 1.0):
        super().__init__()
        width = config.d_model
        self.words = words
        self.sharpness = sharpness
        self.embed_positions = nn.Embedding(config.max_target_positions, width)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.decoder_layers))
        self.layer_norm = nn.LayerNorm(width)
        self.around = nn.Parameter(torch.zeros(2, width))  # what is before the block, and after it
        self.register_buffer("spoken", torch.zeros(words + 1 + START, width))
        self.register_buffer("table", torch.zeros(words, n_embd))

    def memories(self, frames: Tensor, place: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Keys and values of each layer for frames [B, T, d].

        `place` [B, T] is 0 before the block, 1 in it, 2 behind it.
        """
        marks = torch.stack((self.around[0], torch.zeros_like(self.around[0]), self.around[1]))
        marked = frames + marks[place]
        return [layer.looks_at(marked) for layer in self.layers]  # type: ignore[operator]

    def forward(self, frames: Tensor, place: Tensor, real: Tensor, told: Tensor) -> Tensor:
        """What follows each of the words, hidden [B, L + 1, d], for `told` [B, L].

        `real` [B, T] is false where a window is filled up.
        """
        length = told.shape[1] + START
        hidden = self._embedded(told) + self.embed_positions.weight[:length]
        seen = real[:, None, None, :]
        for layer, memory in zip(self.layers, self.memories(frames, place), strict=True):
            hidden, _ = layer(hidden, memory, seen)
        found: Tensor = self.layer_norm(hidden)[:, START - 1 :]
        return found

    def _embedded(self, told: Tensor) -> Tensor:
        start = torch.arange(self.words + 1, self.words + 1 + START, device=told.device)
        return self.spoken[torch.cat((start.expand(len(told), START), told), 1)]

    def logits(self, hidden: Tensor) -> Tensor:
        """[..., d] -> [..., words + 1], the last is the end's."""
        return hidden @ self.spoken[: self.words + 1].T.to(hidden.dtype)

    def tell(
        self, frames: Tensor, *, first: int, last: int, known: Sequence[int] = ()
    ) -> tuple[Tensor, tuple[int, ...]]:
        """What is said in frames [first, last) of a window [n, d]: rows [m, n_embd], and the words.

        `known` are the words that the recording's blocks before have told.
        """
        at = torch.arange(len(frames), device=frames.device)
        place = (at >= first).long() + (at >= last).long()
        memories = self.memories(frames[None], place[None])
        caches: list[tuple[Tensor, Tensor] | None] = [None] * len(self.layers)
        hidden = self._embedded(torch.tensor([known[-KNOWN:]], device=frames.device).long())
        rows: list[Tensor] = []
        told: list[int] = []
        position = 0
        most = (last - first) * _A_SECOND // _FRAMES_A_SECOND + _SPARE
        most = min(most, len(self.embed_positions.weight) - START - KNOWN)
        while len(told) < most:
            length = hidden.shape[1]
            hidden = hidden + self.embed_positions.weight[position : position + length]
            position += length
            for n, layer in enumerate(self.layers):
                hidden, caches[n] = layer(hidden, memories[n], None, caches[n])
            logits = self.logits(self.layer_norm(hidden[0, -1])).float()
            best = int(logits.argmax())
            if best == self.words:
                break
            told.append(best)
            rows.append(self._row(logits[:-1]))
            hidden = self.spoken[best][None, None]
        return torch.stack(rows) if rows else frames.new_zeros(0, self.table.shape[1]), tuple(told)

    def _row(self, logits: Tensor) -> Tensor:
        """The likeliest words' embeddings, mixed: [words] -> [n_embd]."""
        likely, words = logits.topk(min(_MIXED, self.words))
        mixed: Tensor = (self.sharpness * likely).softmax(-1) @ self.table[words].float()
        return mixed


class _Layer(nn.Module):
    """Attention to the words before, attention to the frames, two linear layers."""

    def __init__(self, config: DecoderConfig):
        super().__init__()
        width, heads = config.d_model, config.decoder_attention_heads
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.encoder_attn = Attention(width, heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, config.decoder_ffn_dim)
        self.fc2 = nn.Linear(config.decoder_ffn_dim, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def looks_at(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of the frames [B, T, d]."""
        return self.encoder_attn.memory(frames)

    def forward(
        self,
        hidden: Tensor,
        memory: tuple[Tensor, Tensor],
        seen: Tensor | None,
        before: tuple[Tensor, Tensor] | None = None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """hidden [B, L, d]; with keys and values `before`, of what comes behind them alone."""
        normed = self.self_attn_layer_norm(hidden)
        key, value = self.self_attn.memory(normed)
        if before is not None:
            key, value = torch.cat((before[0], key), 2), torch.cat((before[1], value), 2)
        hidden = hidden + self.self_attn(normed, (key, value), causal=before is None)
        hidden = hidden + self.encoder_attn(self.encoder_attn_layer_norm(hidden), memory, seen)
        inner = F.gelu(self.fc1(self.final_layer_norm(hidden)))
        return hidden + self.fc2(inner), (key, value)
