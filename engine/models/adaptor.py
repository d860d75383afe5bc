"""The adaptor: frames of the speech encoder -> rows for the language model (LLaSM, section 3).

Two of the kinds are here; LLaSM's own, which needs Whisper's decoder, is in `engine.models.llasm`.

"linear": neighbouring frames joined and one linear layer, every row passed on.

"words": the rows are mixtures of the language model's own word embeddings, by what is heard, as in
LegoSLM (arXiv 2505.11352): a few layers find letters, then words, each trained by CTC (Graves et
al. 2006) with the letters fed back (arXiv 2104.02724); rows in which nothing new is said are left
out. So a spoken sentence is as short for the language model as a typed one, and doubts stay doubts.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.bundle.manifest import AdaptorFacts
from engine.errors import BundleError

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"
_SPREAD = 7  # rows that a layer's convolution sees
_SHARPNESS = 4.0


def build_adaptor(
    facts: AdaptorFacts, *, d_audio: int, n_embd: int, words: int = 0
) -> LinearAdaptor | WordsAdaptor:
    """The adaptor that the manifest describes, with weights still to be loaded.

    `words` is how many can be heard ("words" alone). Raises BundleError for a kind that is not of
    this module.
    """
    match facts.kind:
        case "linear":
            return LinearAdaptor(d_audio, n_embd, join=facts.join)
        case "words":
            return WordsAdaptor(
                d_audio,
                n_embd,
                join=facts.join,
                width=facts.width,
                heads=facts.heads,
                layers=facts.layers,
                words=words,
            )
        case _:
            raise BundleError(f"bundle.json: {facts.kind!r} is no adaptor of encoder frames.")


class LinearAdaptor(nn.Module):
    """One linear layer over `join` frames side by side."""

    def __init__(self, d_audio: int, n_embd: int, *, join: int):
        super().__init__()
        self.join = join
        self.rows = nn.Linear(d_audio * join, n_embd)

    def heard(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Frames [n, d_audio] -> rows [n/join, n_embd] and that all of them are passed on."""
        rows = self.rows(side_by_side(frames[None], self.join)[0])
        return rows, torch.ones(len(rows), dtype=torch.bool, device=rows.device)


class WordsAdaptor(nn.Module):
    """Frames -> which words, and the rows that mean them.

    `table` [words, n_embd] holds the embeddings of the tokens that can be heard.
    """

    table: Tensor

    def __init__(
        self,
        d_audio: int,
        n_embd: int,
        *,
        join: int,
        width: int,
        heads: int,
        layers: int,
        words: int,
    ):
        super().__init__()
        self.join = join
        self.lower = nn.Linear(d_audio * (join // 2), width)
        self.spelling = Layer(width, heads)
        self.letters = nn.Linear(width, len(LETTERS) + 1)
        self.spelled = nn.Linear(len(LETTERS) + 1, width)
        self.upper = nn.Linear(2 * width, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.meaning = nn.Linear(width, n_embd)
        self.blank = nn.Linear(width, 1)
        self.register_buffer("table", torch.zeros(words, n_embd))

    def forward(self, frames: Tensor, real: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Frames [B, T, d_audio] -> letters' logits [B, 2R, 29] (the last is CTC's blank), and what
        `words` takes [B, R, width].

        `real` [B, T] is false where a window is filled up; T is then a multiple of `join`.
        """
        half = self.join // 2
        found = self.lower(side_by_side(frames, half))
        if found.shape[1] % 2:
            found = F.pad(found, (0, 0, 0, 1))
        found = self.spelling(found, None if real is None else real[:, ::half])
        letters = self.letters(found)
        found = found + self.spelled(letters.softmax(-1))
        found = self.upper(side_by_side(found, 2))
        for layer in self.layers:
            found = layer(found, None if real is None else real[:, :: self.join])
        return letters, self.norm(found)

    def words(self, found: Tensor, chosen: Tensor | None = None) -> Tensor:
        """What was found [..., width] -> logits [..., words + 1], the last CTC's blank.

        With `chosen` [k], of those words alone.
        """
        directions = F.normalize(self.table - self.table.mean(0), dim=-1)
        if chosen is not None:
            directions = directions[chosen]
        words = self.meaning(found) @ directions.T * _SHARPNESS
        return torch.cat([words, self.blank(found)], -1)

    def heard(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Frames [n, d_audio] of one window -> rows [r, n_embd], and where a new word is."""
        logits = self.words(self(frames[None])[1][0])
        best = logits.argmax(-1)
        before = F.pad(best[:-1], (1, 0), value=len(self.table))
        says = (best != len(self.table)) & (best != before)
        return logits[:, :-1].softmax(-1) @ self.table, says


class Layer(nn.Module):
    """A convolution for what is near, attention for what is far, and two linear layers."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.near_norm = nn.LayerNorm(width)
        self.near = nn.Conv1d(width, width, _SPREAD, padding=_SPREAD // 2, groups=width)
        self.mix = nn.Linear(width, width)
        self.far_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.last_norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)

    def forward(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        """x [B, T, width]; `real` [B, T] is false where there is nothing."""
        near = self.near_norm(x)
        if real is not None:
            near = near * real[..., None]
        near = self.near(near.transpose(1, 2)).transpose(1, 2)
        x = x + self.mix(F.gelu(near))
        split = self.query_key_value(self.far_norm(x)).unflatten(-1, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each [B, heads, T, d]
        seen = None if real is None else real[:, None, None, :]
        far = F.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        x = x + self.out(far.transpose(1, 2).flatten(2))
        widened: Tensor = self.narrow(F.gelu(self.widen(self.last_norm(x))))
        return x + widened


def side_by_side(frames: Tensor, join: int) -> Tensor:
    """[B, n, d] -> [B, n/join, join * d], rounded up: what is missing at the end is zeros."""
    missing = -frames.shape[1] % join
    filled = F.pad(frames, (0, 0, 0, missing))
    return filled.reshape(len(filled), -1, join * frames.shape[2])
