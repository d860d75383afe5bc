"""The adaptor: frames of the speech encoder -> rows for the language model (LLaSM, section 3)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from engine.bundle.manifest import AdaptorFacts
from engine.errors import BundleError


class LinearAdaptor(nn.Module):
    """`join` frames side by side, one linear layer; every row is passed on."""

    def __init__(self, d_audio: int, n_embd: int, *, join: int):
        super().__init__()
        self.join = join
        self.rows = nn.Linear(d_audio * join, n_embd)

    def heard(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Frames of one window [n, d_audio] -> its rows [n/join, n_embd], which go on [n/join]."""
        rows = self.rows(joined(frames, self.join))
        return rows, rows.new_ones(len(rows), dtype=bool)


def joined(frames: Tensor, join: int) -> Tensor:
    """[n, d] -> [ceil(n/join), join*d]: neighbours side by side, the last filled up with zeros."""
    return F.pad(frames, (0, 0, 0, -len(frames) % join)).reshape(-1, join * frames.shape[1])


def build_adaptor(facts: AdaptorFacts, *, d_audio: int, n_embd: int) -> nn.Module:
    """The adaptor of the manifest, its weights still to be loaded. BundleError: not known here."""
    if facts.kind == "linear":
        return LinearAdaptor(d_audio, n_embd, join=facts.join)
    raise BundleError(f"The adaptor {facts.kind!r} is not known here; update Sightline.")
