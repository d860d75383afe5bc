"""EVA-CLIP's vision transformer (arXiv 2211.07636) as MiniGPT-v2 sees with it.

Its last blocks' states go through one more layer norm, which MiniGPT-4's code calls `ln_vision`;
there is no norm of the transformer's own. Names of the weights are the published ones. Keys have no
bias; the table of positions is as large as the pictures are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.errors import BundleError

EVA = "eva-clip"
_EPS = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaConfig:
    """What the encoder is built from; pictures of `image_size` and their patches in pixels."""

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    patch_size: int
    image_size: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> EvaConfig:
        """From `vision/config.json`. Raises BundleError where a number is missing or can't be."""
        found = {}
        for key in cls.__slots__:
            value = config.get(key)
            if not isinstance(value, int) or value < 1:
                raise BundleError(
                    f"vision/config.json: `{key}` must be a whole number from 1, not {value!r}."
                )
            found[key] = value
        for whole, part in (
            ("hidden_size", "num_attention_heads"),
            ("image_size", "patch_size"),
        ):
            if found[whole] % found[part]:
                raise BundleError(
                    f"vision/config.json: `{whole}` {found[whole]} is no multiple of `{part}` "
                    f"{found[part]}."
                )
        return cls(**found)


class EvaEncoder(nn.Module):
    """Pixels [B, 3, H, W] of the configuration's size -> one map [B, d, H/patch, W/patch]."""

    def __init__(self, config: EvaConfig):
        super().__init__()
        width, patch = config.hidden_size, config.patch_size
        self.channels = (width,)
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, width, patch, stride=patch)})
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        places = (config.image_size // patch) ** 2 + 1
        self.pos_embed = nn.Parameter(torch.zeros(1, places, width))
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.num_hidden_layers))
        self.ln_vision = nn.LayerNorm(width)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        cells = self.patch_embed["proj"](pixels)  # [B, d, h, w]
        patches = cells.flatten(2).transpose(1, 2)
        first = self.cls_token.expand(len(patches), -1, -1)
        hidden = torch.cat([first, patches], 1) + self.pos_embed  # [B, 1 + h*w, d]
        for block in self.blocks:
            hidden = block(hidden)
        found = self.ln_vision(hidden)[:, 1:]
        return (found.transpose(1, 2).unflatten(2, cells.shape[-2:]),)


class _Block(nn.Module):
    """Attention, then two linear layers, each behind its norm and beside its input."""

    def __init__(self, config: EvaConfig):
        super().__init__()
        width = config.hidden_size
        self.norm1 = nn.LayerNorm(width, _EPS)
        self.attn = _Attention(width, config.num_attention_heads)
        self.norm2 = nn.LayerNorm(width, _EPS)
        inner = config.intermediate_size
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, inner), "fc2": nn.Linear(inner, width)})

    def forward(self, hidden: Tensor) -> Tensor:
        hidden = hidden + self.attn(self.norm1(hidden))
        inner = F.gelu(self.mlp["fc1"](self.norm2(hidden)))
        return hidden + self.mlp["fc2"](inner)  # type: ignore[no-any-return]


class _Attention(nn.Module):
    """Every place looks at every other one; queries and values have a bias."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.q_bias = nn.Parameter(torch.zeros(width))
        self.v_bias = nn.Parameter(torch.zeros(width))
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, hidden: Tensor) -> Tensor:
        bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
        split: Tensor = F.linear(hidden, self.qkv.weight, bias)
        split = split.reshape(*hidden.shape[:2], 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each [B, heads, n, d_head]
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.proj(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]
