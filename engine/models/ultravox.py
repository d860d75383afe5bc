"""Ultravox's way from the speech encoder to the language model (fixie-ai/ultravox).

`UltravoxProjector` in the model's published ultravox_model.py: frames side by side, RMS norm, a
linear layer, SwiGLU, a linear layer. Up to version 0.4 the second norm came last, since 0.5 it
stands in front of the last layer (`projector_ln_mid`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.bundle.manifest import AdaptorFacts
from engine.models.adaptor import side_by_side

_EPSILON = 1e-6


class UltravoxAdaptor(nn.Module):
    """Rows that mean what the language model would read as words; all of them are passed on."""

    def __init__(self, facts: AdaptorFacts, *, d_audio: int, n_embd: int):
        super().__init__()
        self.join = facts.join
        gate = facts.width // 2
        middle = facts.norm == "middle"
        self.before = nn.RMSNorm(d_audio * facts.join, eps=_EPSILON)
        self.widen = nn.Linear(d_audio * facts.join, facts.width, bias=False)
        self.middle = nn.RMSNorm(gate, eps=_EPSILON) if middle else nn.Identity()
        self.rows = nn.Linear(gate, n_embd, bias=False)
        self.end = nn.Identity() if middle else nn.RMSNorm(n_embd, eps=_EPSILON)

    def heard(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Frames of a recording [n, d_audio] -> its rows [n/join, n_embd], rounded up."""
        joined = side_by_side(frames[None], self.join)[0]
        values, gates = self.widen(self.before(joined)).chunk(2, dim=-1)
        rows: Tensor = self.end(self.rows(self.middle(F.silu(gates) * values)))
        return rows, rows.new_ones(len(rows), dtype=torch.bool)
