"""EVA-CLIP's encoder; that it computes what was published, test_minigpt.py shows."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.errors import BundleError
from engine.models.eva import EvaEncoder
from engine.models.vision import build_encoder

CONFIG: dict[str, Any] = {
    "kind": "eva-clip", "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3,
    "intermediate_size": 40, "patch_size": 7, "image_size": 28,
}  # fmt: skip


def test_its_last_map_has_a_cell_a_patch() -> None:
    encoder = build_encoder(CONFIG)
    assert isinstance(encoder, EvaEncoder)
    assert encoder.channels == (24,)
    (level,) = encoder(torch.randn(2, 3, 28, 28))
    assert level.shape == (2, 24, 4, 4)


def test_a_patch_is_seen_where_it_lies() -> None:
    torch.manual_seed(0)
    encoder = build_encoder({**CONFIG, "num_hidden_layers": 1}).eval()
    assert isinstance(encoder, EvaEncoder)
    for name, parameter in encoder.named_parameters():
        if ".attn.proj." in name:
            parameter.data.zero_()
    pixels = torch.zeros(1, 3, 28, 28)
    pixels[:, :, 7:14, 14:21] = 1
    with torch.inference_mode():
        change = (encoder(pixels)[0] - encoder(torch.zeros_like(pixels))[0]).abs().sum(1)[0]
    assert change.nonzero().tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"num_hidden_layers": 0}, "`num_hidden_layers` must be a whole number from 1, not 0"),
        ({"patch_size": None}, "`patch_size` must be"),
        ({"num_attention_heads": 5}, "`hidden_size` 24 is no multiple of `num_attention_heads` 5"),
        ({"image_size": 30}, "`image_size` 30 is no multiple of `patch_size` 7"),
    ],
)
def test_one_that_can_not_be_is_named(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(BundleError, match=said):
        build_encoder({**CONFIG, **facts})
