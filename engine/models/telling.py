"""Frames -> rows, by a decoder that tells what is said word by word.

It is Whisper's decoder (arXiv 2212.04356, section 2.2; names of the weights are transformers'),
with tokens of the language model in the place of its own: it looks at the frames of one window and
at the words before, and says the next. A row is a mixture of the language model's own embeddings by
how likely each word is (LegoSLM, arXiv 2505.11352), so that doubts stay doubts; how likely is
sharpened, or small doubts would blur words that were heard well. The words are those of the
likeliest sentence that a small beam finds. Of a window it tells what belongs to the block in its
middle: what was told before is known, and what is left is the next block's. The encoder, which is
frozen, may be followed by further layers of the same kind that are the adaptor's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.errors import BundleError
from engine.models.speech import Attention, EncoderLayer, whole_numbers

START = 2
"""Places before the first word: Whisper's marks of a transcript, and of one without times."""

KNOWN = 40
"""Words of the same recording before a block that are known when it is told."""

_A_SECOND = 7  # words that can be told
_SPARE = 4
_FRAMES_A_SECOND = 50
_MIXED = 64  # words of a row; those behind them have no share to speak of
_BEAM = 3  # 1 gets a tenth more of the words wrong, 5 no fewer

_Memory = tuple[Tensor, Tensor]


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

    def __init__(
        self,
        config: DecoderConfig,
        *,
        n_embd: int,
        words: int,
        further: int = 0,
        sharpness: float = 1.0,
    ):
        super().__init__()
        width, heads = config.d_model, config.decoder_attention_heads
        self.words = words
        self.sharpness = sharpness
        self.embed_positions = nn.Embedding(config.max_target_positions, width)
        self.further = nn.ModuleList(
            EncoderLayer(width, heads=heads, inner=config.decoder_ffn_dim) for _ in range(further)
        )
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.decoder_layers))
        self.layer_norm = nn.LayerNorm(width)
        self.around = nn.Parameter(torch.zeros(2, width))  # what is before the block, and after it
        self.register_buffer("spoken", torch.zeros(words + 1 + START, width))
        self.register_buffer("table", torch.zeros(words, n_embd))

    def memories(self, frames: Tensor, place: Tensor, seen: Tensor | None = None) -> list[_Memory]:
        """Keys and values of each layer for frames [B, T, d].

        `place` [B, T] is 0 before the block, 1 in it, 2 behind it; `seen` [B, 1, 1, T] is false
        where a window is filled up.
        """
        marks = torch.stack((self.around[0], torch.zeros_like(self.around[0]), self.around[1]))
        marked = frames + marks[place]
        for layer in self.further:
            marked = layer(marked, seen)
        return [layer.looks_at(marked) for layer in self.layers]  # type: ignore[operator]

    def forward(self, frames: Tensor, place: Tensor, real: Tensor, told: Tensor) -> Tensor:
        """What follows each of the words, hidden [B, L + 1, d], for `told` [B, L].

        `real` [B, T] is false where a window is filled up.
        """
        length = told.shape[1] + START
        hidden = self._embedded(told) + self.embed_positions.weight[:length]
        seen = real[:, None, None, :]
        for layer, memory in zip(self.layers, self.memories(frames, place, seen), strict=True):
            hidden, _ = layer(hidden, memory, seen)
        found: Tensor = self.layer_norm(hidden)[:, START - 1 :]
        return found

    def _embedded(self, told: Tensor) -> Tensor:
        start = torch.arange(self.words + 1, self.words + 1 + START, device=told.device)
        return self.spoken[torch.cat((start.expand(len(told), START), told), 1)]

    def logits(self, hidden: Tensor) -> Tensor:
        """[..., d] -> [..., words + 1], the last is the end's."""
        spoken = self.spoken[: self.words + 1].to(hidden.dtype)
        if hidden.ndim == 2:  # a few rows: this way round takes a processor a seventh of the time
            return (spoken @ hidden.T).T
        return hidden @ spoken.T

    def tell(
        self, frames: Tensor, *, first: int, last: int, known: Sequence[int] = ()
    ) -> tuple[Tensor, tuple[int, ...]]:
        """What is said in frames [first, last) of a window [n, d]: rows [m, n_embd], and the words.

        `known` are the words that the recording's blocks before have told. The likeliest sentence
        is looked for among `_BEAM` beginnings at a time; no word more makes one likelier.
        """
        at = torch.arange(len(frames), device=frames.device)
        place = (at >= first).long() + (at >= last).long()
        memories = self.memories(frames[None], place[None])
        beginning = self._embedded(torch.tensor([known[-KNOWN:]], device=frames.device).long())
        most = (last - first) * _A_SECOND // _FRAMES_A_SECOND + _SPARE
        most = min(most, len(self.embed_positions.weight) - START - KNOWN)
        told = self._likeliest(memories, beginning, most)
        if not told.words:
            return frames.new_zeros(0, self.table.shape[1]), ()
        return self._rows(self.logits(torch.stack(told.found)).float()[:, :-1]), told.words

    def _likeliest(self, memories: Sequence[_Memory], hidden: Tensor, most: int) -> _Told:
        """The likeliest sentence of at most so many words behind a beginning [1, n, d]."""
        caches: list[_Memory | None] = [None] * len(self.layers)
        position = 0
        begun, ended = [_Told(0.0)], _Told(-inf)
        while True:
            length = hidden.shape[1]
            hidden = hidden + self.embed_positions.weight[position : position + length]
            position += length
            for n, layer in enumerate(self.layers):
                hidden, caches[n] = layer(hidden, _of_all(memories[n], len(begun)), None, caches[n])
            found = self.layer_norm(hidden[:, -1])
            so_far = hidden.new_tensor([told.score for told in begun], dtype=torch.float32)
            scores = self.logits(found).float().log_softmax(-1) + so_far[:, None]
            for told, score in zip(begun, scores[:, -1].tolist(), strict=True):
                if score > ended.score:
                    ended = replace(told, score=score)
            longer = scores[:, :-1].flatten()
            best, places = longer.topk(min(_BEAM, len(longer)))
            if float(best[0]) <= ended.score or len(begun[0].words) == most:
                return ended
            parents, words = places // self.words, places % self.words
            begun = [
                _Told(score, (*begun[n].words, word), (*begun[n].found, found[n]))
                for score, n, word in zip(
                    best.tolist(), parents.tolist(), words.tolist(), strict=True
                )
            ]
            caches = [cache and (cache[0][parents], cache[1][parents]) for cache in caches]
            hidden = self.spoken[words][:, None]

    def _rows(self, logits: Tensor) -> Tensor:
        """The likeliest words' embeddings, mixed: [m, words] -> [m, n_embd]."""
        likely, words = logits.topk(min(_MIXED, self.words))
        shares = (self.sharpness * likely).softmax(-1)
        mixed: Tensor = (shares[:, None] @ self.table[words].float())[:, 0]
        return mixed


@dataclass(frozen=True, slots=True)
class _Told:
    """Words, how likely (log) they are, and what the decoder made of the place of each: [d]."""

    score: float
    words: tuple[int, ...] = ()
    found: tuple[Tensor, ...] = ()


def _of_all(memory: _Memory, count: int) -> _Memory:
    """The same keys and values for each of `count` beginnings."""
    key, value = memory
    return key.expand(count, -1, -1, -1), value.expand(count, -1, -1, -1)


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

    def looks_at(self, frames: Tensor) -> _Memory:
        """Keys and values of the frames [B, T, d]."""
        return self.encoder_attn.memory(frames)

    def forward(
        self,
        hidden: Tensor,
        memory: _Memory,
        seen: Tensor | None,
        before: _Memory | None = None,
    ) -> tuple[Tensor, _Memory]:
        """hidden [B, L, d]; with keys and values `before`, of what comes behind them alone."""
        normed = self.self_attn_layer_norm(hidden)
        key, value = self.self_attn.memory(normed)
        if before is not None:
            key, value = torch.cat((before[0], key), 2), torch.cat((before[1], value), 2)
        hidden = hidden + self.self_attn(normed, (key, value), causal=before is None)
        hidden = hidden + self.encoder_attn(self.encoder_attn_layer_norm(hidden), memory, seen)
        inner = F.gelu(self.fc1(self.final_layer_norm(hidden)))
        return hidden + self.fc2(inner), (key, value)
