"""EfficientNet-Lite (Tan and Le 2019; the Lite variants of tensorflow/tpu), its layers written out.

Batch normalization is folded into the convolutions when the published weights are read: its
statistics stay as ImageNet left them, and a convolution with a bias is what runs, trains and is
stored. Activations are ReLU6, there is no squeeze and excitation, padding is TensorFlow's SAME.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BN_EPS = 1e-3
KERNELS = (3, 3, 5, 3, 5, 5, 3)
STRIDES = (1, 2, 2, 2, 1, 2, 1)
# Output channels and repeats of the seven stages (width 1.0, 1.0, 1.1; depth 1.0, 1.1, 1.2).
VARIANTS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "efficientnet-lite0": ((16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 3, 3, 4, 1)),
    "efficientnet-lite1": ((16, 24, 40, 80, 112, 192, 320), (1, 3, 3, 4, 4, 5, 1)),
    "efficientnet-lite2": ((16, 24, 48, 88, 120, 208, 352), (1, 3, 3, 4, 4, 5, 1)),
}
STEM_WIDTH = 32
HEAD_WIDTH = 1280
EXPANSION = 6


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding: the odd pixel goes to the right and bottom."""

    def __init__(self, inp: int, out: int, kernel: int, *, stride: int = 1, groups: int = 1):
        super().__init__(inp, out, kernel, stride=stride, groups=groups, bias=True)

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return F.conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        down, across = (max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[-2:])
        x = F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))
        return F.conv2d(x, self.weight, self.bias, stride, 0, 1, self.groups)


class InvertedResidual(nn.Module):
    """Expand by 1x1, filter each channel, project back; the input is added where shapes allow."""

    def __init__(self, inp: int, out: int, kernel: int, *, stride: int, expansion: int):
        super().__init__()
        wide = inp * expansion
        self.expand = SameConv(inp, wide, 1) if expansion > 1 else None
        self.depthwise = SameConv(wide, wide, kernel, stride=stride, groups=wide)
        self.project = SameConv(wide, out, 1)
        self.residual = stride == 1 and inp == out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class EfficientNetLite(nn.Module):
    """Pixels [B, 3, H, W] -> the maps at stride 16 (before the last stride) and stride 32.

    The second is that of the published head's convolution, whose mean ImageNet's classifier reads:
    its channels are close to names.
    """

    def __init__(self, variant: str = "efficientnet-lite0"):
        super().__init__()
        widths, repeats = VARIANTS[variant]
        self.stem = SameConv(3, STEM_WIDTH, 3, stride=2)
        blocks: list[InvertedResidual] = []
        self.tap = 0
        inp = STEM_WIDTH
        for stage, (out, count) in enumerate(zip(widths, repeats, strict=True)):
            for number in range(count):
                stride = STRIDES[stage] if number == 0 else 1
                expansion = 1 if stage == 0 else EXPANSION
                block = InvertedResidual(
                    inp, out, KERNELS[stage], stride=stride, expansion=expansion
                )
                blocks.append(block)
                inp = out
            if stage == 4:
                self.tap = len(blocks) - 1
        self.blocks = nn.ModuleList(blocks)
        self.head = SameConv(widths[6], HEAD_WIDTH, 1)
        self.channels = (widths[4], HEAD_WIDTH)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        x = F.relu6(self.stem(pixels))
        fine = x
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number == self.tap:
                fine = x
        return fine, F.relu6(self.head(x))

    def frozen_part(self, blocks: int) -> list[nn.Module]:
        """The stem and the first `blocks` blocks: general filters that training leaves alone."""
        return [self.stem, *list(self.blocks)[:blocks]]


def _folded(weights: Mapping[str, Tensor], conv: str, norm: str) -> dict[str, Tensor]:
    scale = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + BN_EPS)
    return {
        "weight": weights[f"{conv}.weight"] * scale[:, None, None, None],
        "bias": weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale,
    }


def fold_published(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published state dict (`_conv_stem`, `_blocks.N...`, `_bn`) -> `EfficientNetLite`'s own.

    ImageNet's classifier comes along as `classifier.*`; the encoder does not use it.
    """
    layers = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    count = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("_blocks."))
    for n in range(count):
        source, target = f"_blocks.{n}", f"blocks.{n}"
        if f"{source}._expand_conv.weight" in weights:
            layers[f"{target}.expand"] = (f"{source}._expand_conv", f"{source}._bn0")
        layers[f"{target}.depthwise"] = (f"{source}._depthwise_conv", f"{source}._bn1")
        layers[f"{target}.project"] = (f"{source}._project_conv", f"{source}._bn2")
    own = {
        f"{target}.{kind}": tensor
        for target, (conv, norm) in layers.items()
        for kind, tensor in _folded(weights, conv, norm).items()
    }
    own["classifier.weight"] = weights["_fc.weight"]
    own["classifier.bias"] = weights["_fc.bias"]
    return own
