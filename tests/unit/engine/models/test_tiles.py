from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch

from engine.media.tiles import best_size
from engine.models.tiles import packed

SIDE, PATCH = 32, 8
SIZES = ((32, 64), (64, 32), (64, 64), (96, 32), (32, 96))


@cache
def llava_next() -> Any:
    """transformers' own model, of which only the packing is used."""
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaNextConfig, LlavaNextModel

    eyes = CLIPVisionConfig(
        hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        image_size=SIDE, patch_size=PATCH,
    )  # fmt: skip
    text = LlamaConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        vocab_size=40,
    )  # fmt: skip
    grids = [list(size) for size in SIZES]
    return LlavaNextModel(
        LlavaNextConfig(vision_config=eyes, text_config=text, image_grid_pinpoints=grids)
    ).eval()


@pytest.mark.parametrize(
    "size", [(300, 100), (100, 300), (64, 64), (640, 480), (333, 517), (17, 5), (1, 400), (65, 63)]
)
@torch.no_grad()
def test_rows_are_packed_as_transformers_packs_them(size: tuple[int, int]) -> None:
    width, height = size
    best = best_size(size, SIZES)
    grid = (best[0] // SIDE, best[1] // SIDE)
    torch.manual_seed(0)
    rows = torch.randn(1 + grid[0] * grid[1], (SIDE // PATCH) ** 2, 8)
    newline = torch.randn(8)
    (theirs,), _ = llava_next().pack_image_features(
        [rows], torch.tensor([[height, width]]), "default", newline
    )
    assert torch.equal(packed(rows, newline, grid=grid, size=size), theirs)
