from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.models.projector import Projector, joined


def slowly_joined(level: Tensor, join: int) -> Tensor:
    """Rows over the blocks in reading order; in a row, the block's cells in reading order."""
    pictures = []
    for picture in level:
        rows = []
        for top in range(0, picture.shape[1], join):
            for left in range(0, picture.shape[2], join):
                cells = [picture[:, top + y, left + x] for y in range(join) for x in range(join)]
                rows.append(torch.cat(cells))
        pictures.append(torch.stack(rows))
    return torch.stack(pictures)


@pytest.mark.parametrize("join", [1, 2, 3])
def test_neighbours_stand_side_by_side_in_reading_order(join: int) -> None:
    level = torch.arange(2 * 5 * 6 * 12, dtype=torch.float32).reshape(2, 5, 6, 12)
    assert torch.equal(joined(level, join), slowly_joined(level, join))


@pytest.mark.parametrize("size", [(5, 4), (4, 5)])
def test_a_map_that_does_not_divide_is_an_error_that_says_its_size(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"{size[0]} x {size[1]} cells"):
        joined(torch.zeros(1, 3, *size), 2)


def test_rows_are_linear_in_patches_and_regions() -> None:
    torch.manual_seed(0)
    projector = Projector(3, 7, d_region=5, join=2)
    level, regions = torch.randn(2, 3, 4, 6), torch.randn(9, 5)
    weights = projector.state_dict()
    assert weights.keys() == {"patches.weight", "patches.bias", "regions.weight", "regions.bias"}
    torch.testing.assert_close(
        projector.patch_rows(level),
        slowly_joined(level, 2) @ weights["patches.weight"].T + weights["patches.bias"],
    )
    torch.testing.assert_close(
        projector.region_rows(regions),
        regions @ weights["regions.weight"].T + weights["regions.bias"],
    )


def test_llavas_has_a_second_layer_behind_gelu() -> None:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig
    from transformers.models.llava.modeling_llava import LlavaMultiModalProjector

    config = LlavaConfig(
        vision_config=CLIPVisionConfig(hidden_size=3, num_attention_heads=1),
        text_config=LlamaConfig(hidden_size=8, num_attention_heads=2),
    )
    torch.manual_seed(0)
    theirs = LlavaMultiModalProjector(config)
    projector = Projector(3, 8, join=1, kind="mlp")
    names = {"patches": "linear_1", "second": "linear_2"}
    weights = {
        f"{ours}.{kind}": theirs.state_dict()[f"{name}.{kind}"]
        for ours, name in names.items()
        for kind in ("weight", "bias")
    }
    projector.load_state_dict(weights)
    level = torch.randn(2, 3, 4, 6)
    torch.testing.assert_close(
        projector.patch_rows(level), theirs(level.flatten(2).transpose(1, 2))
    )


def test_for_tiles_there_is_a_row_that_ends_a_line() -> None:
    newline = Projector(3, 7, kind="mlp", tiles=True).newline
    assert newline is not None
    assert newline.shape == (7,)


def test_without_a_region_head_there_is_no_layer_for_regions() -> None:
    projector = Projector(3, 7)
    assert projector.state_dict().keys() == {"patches.weight", "patches.bias"}
    with pytest.raises(ValueError, match="regions"):
        projector.region_rows(torch.zeros(1, 5))
