"""The projector: what the eyes give -> rows for the language model.

"linear" is MiniGPT-v2's (arXiv 2310.09478, section 2), "mlp" LLaVA's (arXiv 2310.03744, section 3).
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Projector(nn.Module):
    """One linear layer for joined patches, or two with GELU between ("mlp"); one for regions.

    With `tiles` it has the row `newline` that ends each line of a tiled picture's patches.
    """

    newline: nn.Parameter | None

    def __init__(
        self,
        d_patch: int,
        n_embd: int,
        *,
        d_region: int = 0,
        join: int = 2,
        kind: Literal["linear", "mlp"] = "linear",
        tiles: bool = False,
    ):
        super().__init__()
        self.join = join
        self.patches = nn.Linear(d_patch * join * join, n_embd)
        self.second = nn.Linear(n_embd, n_embd) if kind == "mlp" else None
        self.regions = nn.Linear(d_region, n_embd) if d_region else None
        self.newline = nn.Parameter(torch.zeros(n_embd)) if tiles else None

    def patch_rows(self, level: Tensor) -> Tensor:
        """[B, C, h, w] -> [B, h/join * w/join, n_embd]: `join` x `join` neighbours a row."""
        rows: Tensor = self.patches(joined(level, self.join))
        return rows if self.second is None else self.second(F.gelu(rows))

    def region_rows(self, vectors: Tensor) -> Tensor:
        """[k, d_region] -> [k, n_embd]."""
        if self.regions is None:
            raise ValueError("this projector was built without a layer for regions")
        return self.regions(vectors)  # type: ignore[no-any-return]


def joined(level: Tensor, join: int) -> Tensor:
    """[B, C, h, w] -> [B, h/join * w/join, join*join*C]: neighbours side by side, row-major."""
    b, c, h, w = level.shape
    if h % join or w % join:
        raise ValueError(f"a map of {h} x {w} cells can't be joined {join} x {join}")
    cells = level.reshape(b, c, h // join, join, w // join, join)
    return torch.permute(cells, (0, 2, 4, 3, 5, 1)).reshape(b, -1, join * join * c)
