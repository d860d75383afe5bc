"""The linear adaptor: neighbouring frames side by side, one layer."""

from __future__ import annotations

import torch

from engine.bundle import AdaptorFacts
from engine.models.adaptor import LinearAdaptor, build_adaptor


def test_neighbours_are_one_row_and_every_row_goes_on() -> None:
    adaptor = build_adaptor(AdaptorFacts(kind="linear", join=4), d_audio=3, n_embd=5)
    assert isinstance(adaptor, LinearAdaptor)
    frames = torch.randn(10, 3)
    rows, wanted = adaptor.heard(frames)
    assert rows.shape == (3, 5)
    assert wanted.tolist() == [True] * 3
    torch.testing.assert_close(rows[1], adaptor.rows(frames[4:8].flatten()))
    last = torch.cat([frames[8:].flatten(), torch.zeros(6)])
    torch.testing.assert_close(rows[2], adaptor.rows(last))
