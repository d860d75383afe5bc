from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import Tensor

from engine.bundle import AdaptorFacts
from engine.models.ultravox import UltravoxAdaptor

D_AUDIO, JOIN, WIDTH, N_EMBD = 6, 8, 20, 12


def adaptor(norm: Literal["middle", "end"]) -> UltravoxAdaptor:
    torch.manual_seed(0)
    facts = AdaptorFacts(kind="ultravox", join=JOIN, width=WIDTH, norm=norm)
    made = UltravoxAdaptor(facts, d_audio=D_AUDIO, n_embd=N_EMBD)
    for tensor in made.state_dict().values():
        tensor.copy_(torch.randn(tensor.shape))
    return made


def rms(values: Tensor, weight: Tensor) -> Tensor:
    return values / torch.sqrt(values.square().mean(-1, keepdim=True) + 1e-6) * weight


@pytest.mark.parametrize("norm", ["middle", "end"])
@pytest.mark.parametrize("frames", [1, 8, 13, 16])
@torch.no_grad()
def test_rows_are_those_of_the_published_equations(
    norm: Literal["middle", "end"], frames: int
) -> None:
    ours = adaptor(norm)
    weights = ours.state_dict()
    given = torch.randn(frames, D_AUDIO)
    rows, wanted = ours.heard(given)
    assert wanted.all()
    assert rows.shape == (-(-frames // JOIN), N_EMBD)
    for number, row in enumerate(rows):
        stacked = torch.zeros(JOIN * D_AUDIO)
        piece = given[number * JOIN : (number + 1) * JOIN].flatten()
        stacked[: len(piece)] = piece
        widened = weights["widen.weight"] @ rms(stacked, weights["before.weight"])
        values, gate = widened[: WIDTH // 2], widened[WIDTH // 2 :]
        inner = gate / (1 + torch.exp(-gate)) * values
        if norm == "middle":
            inner = rms(inner, weights["middle.weight"])
        expected = weights["rows.weight"] @ inner
        if norm == "end":
            expected = rms(expected, weights["end.weight"])
        torch.testing.assert_close(row, expected, rtol=1e-4, atol=1e-5)
