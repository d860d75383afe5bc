from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.models.efficientnet import (
    BN_EPS,
    VARIANTS,
    EfficientNetLite,
    InvertedResidual,
    SameConv,
    fold_published,
)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "before", "after"),
    [  # TensorFlow's table for SAME: the odd pixel stands behind
        (8, 3, 2, 0, 1),
        (9, 3, 2, 1, 1),
        (8, 5, 2, 1, 2),
        (9, 5, 2, 2, 2),
        (7, 3, 1, 1, 1),
        (7, 5, 1, 2, 2),
        (5, 1, 1, 0, 0),
    ],
)
def test_padding_is_same(size: int, kernel: int, stride: int, before: int, after: int) -> None:
    torch.manual_seed(0)
    conv = SameConv(4, 4, kernel, stride=stride, groups=2)
    x = torch.randn(2, 4, size, size)
    padded = torch.zeros(2, 4, before + size + after, before + size + after)
    padded[:, :, before : before + size, before : before + size] = x
    expected = F.conv2d(padded, conv.weight, conv.bias, stride, groups=2)
    assert expected.shape[-1] == -(-size // stride)
    torch.testing.assert_close(conv(x), expected)


def test_sides_are_padded_each_by_its_own_length() -> None:
    torch.manual_seed(0)
    conv = SameConv(1, 1, 3, stride=2)
    x = torch.randn(1, 1, 6, 9)  # down: 0 + 1, across: 1 + 1
    padded = torch.zeros(1, 1, 7, 11)
    padded[:, :, :6, 1:10] = x
    torch.testing.assert_close(conv(x), F.conv2d(padded, conv.weight, conv.bias, 2))


@pytest.mark.parametrize(
    ("variant", "fine", "blocks", "tap"),
    [
        ("efficientnet-lite0", 112, 16, 10),
        ("efficientnet-lite1", 112, 21, 14),
        ("efficientnet-lite2", 120, 21, 14),
    ],
)
def test_each_variant_gives_a_map_at_stride_16_and_one_at_32(
    variant: str, fine: int, blocks: int, tap: int
) -> None:
    model = EfficientNetLite(variant)
    assert (len(model.blocks), model.tap) == (blocks, tap)
    assert model.channels == (fine, 1280)
    with torch.no_grad():
        maps = model(torch.zeros(2, 3, 64, 96))
    assert [tuple(level.shape) for level in maps] == [(2, fine, 4, 6), (2, 1280, 2, 3)]


def test_every_variant_is_tested() -> None:
    assert len(VARIANTS) == 3


def test_odd_sizes_are_rounded_up() -> None:
    with torch.no_grad():
        fine, coarse = EfficientNetLite()(torch.zeros(1, 3, 72, 40))
    assert fine.shape[-2:] == (5, 3)
    assert coarse.shape[-2:] == (3, 2)


def test_a_block_adds_its_input_only_where_the_shapes_allow() -> None:
    for stride, out, adds in ((1, 8, True), (2, 8, False), (1, 16, False)):
        block = InvertedResidual(8, out, 3, stride=stride, expansion=6)
        for parameter in block.parameters():
            torch.nn.init.zeros_(parameter)
        x = torch.ones(1, 8, 4, 4)
        assert bool((block(x) == 1).all()) is adds


def test_the_frozen_part_is_the_stem_and_the_first_blocks() -> None:
    model = EfficientNetLite()
    assert model.frozen_part(2) == [model.stem, model.blocks[0], model.blocks[1]]


def published(model: EfficientNetLite) -> dict[str, Tensor]:
    """Random weights and statistics under the published names, in the shapes of `model`."""
    weights: dict[str, Tensor] = {}

    def add(conv: str, norm: str, layer: SameConv) -> None:
        shape = layer.weight.shape
        fan_in = shape[1] * shape[2] * shape[3]
        weights[f"{conv}.weight"] = torch.randn(shape, dtype=torch.float64) / fan_in**0.5
        for kind, low in (("weight", 0.5), ("running_var", 0.5), ("bias", -0.5)):
            weights[f"{norm}.{kind}"] = low + torch.rand(shape[0], dtype=torch.float64)
        weights[f"{norm}.running_mean"] = torch.randn(shape[0], dtype=torch.float64) / 4

    add("_conv_stem", "_bn0", model.stem)
    for n, block in enumerate(model.blocks):
        assert isinstance(block, InvertedResidual)
        if block.expand is not None:
            add(f"_blocks.{n}._expand_conv", f"_blocks.{n}._bn0", block.expand)
        add(f"_blocks.{n}._depthwise_conv", f"_blocks.{n}._bn1", block.depthwise)
        add(f"_blocks.{n}._project_conv", f"_blocks.{n}._bn2", block.project)
    add("_conv_head", "_bn1", model.head)
    weights["_fc.weight"] = torch.randn(1000, 1280, dtype=torch.float64)
    weights["_fc.bias"] = torch.randn(1000, dtype=torch.float64)
    return weights


def normalized(
    weights: dict[str, Tensor], conv: str, norm: str, layer: SameConv, x: Tensor
) -> Tensor:
    """A published layer: the convolution of `layer` without bias, then batch normalization."""
    bare = SameConv(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size[0],
        stride=layer.stride[0],
        groups=layer.groups,
    ).double()
    nothing = torch.zeros(layer.out_channels)
    bare.load_state_dict({"weight": weights[f"{conv}.weight"], "bias": nothing})
    mean, variance, weight, bias = (
        weights[f"{norm}.{kind}"] for kind in ("running_mean", "running_var", "weight", "bias")
    )
    return F.batch_norm(bare(x), mean, variance, weight, bias, eps=BN_EPS)


@torch.no_grad()
def test_folding_gives_what_convolution_and_normalization_gave() -> None:
    torch.manual_seed(0)
    model = EfficientNetLite().double()
    weights = published(model)
    own = fold_published(weights)
    assert own["classifier.weight"].shape == (1000, 1280)
    assert own["classifier.bias"].shape == (1000,)
    model.load_state_dict({k: v for k, v in own.items() if not k.startswith("classifier.")})

    pixels = torch.randn(1, 3, 64, 64, dtype=torch.float64)
    x = F.relu6(normalized(weights, "_conv_stem", "_bn0", model.stem, pixels))
    fine = x
    for n, block in enumerate(model.blocks):
        assert isinstance(block, InvertedResidual)
        at, y = f"_blocks.{n}", x
        if block.expand is not None:
            y = F.relu6(normalized(weights, f"{at}._expand_conv", f"{at}._bn0", block.expand, y))
        y = F.relu6(normalized(weights, f"{at}._depthwise_conv", f"{at}._bn1", block.depthwise, y))
        y = normalized(weights, f"{at}._project_conv", f"{at}._bn2", block.project, y)
        x = x + y if block.residual else y
        fine = x if n == 10 else fine
    coarse = F.relu6(normalized(weights, "_conv_head", "_bn1", model.head, x))
    assert coarse.std() > 0.1  # it did not all end at zero or six
    torch.testing.assert_close(model(pixels), (fine, coarse))
