"""Vision encoders behind one small interface: pixels in, maps out, finest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from engine.errors import BundleError
from engine.models.efficientnet import VARIANTS, EfficientNetLite
from engine.types import Device


class VisionEncoder(Protocol):
    """Pixels [B, 3, H, W], normalized -> maps [B, C, h, w], one per entry of `channels`.

    The cells of the last map are the patches that are joined into rows.
    """

    channels: tuple[int, ...]

    def __call__(self, pixels: Tensor) -> tuple[Tensor, ...]: ...


class TransformersEncoder(nn.Module):
    """A ViT-type encoder of transformers (ViT, CLIP, SigLIP, DINOv2 ...), built from its config.

    Its hidden states [B, n, d] of `layer`, counted from the end, become one map, without class and
    register tokens. -1 is what the encoder itself gives, whatever norm comes last.
    """

    def __init__(self, config: Mapping[str, Any], *, layer: int = -1):
        super().__init__()
        from transformers import AutoConfig, AutoModel

        settings = AutoConfig.for_model(**config)
        if not -int(settings.num_hidden_layers) <= layer < 0:
            raise ValueError(f"it has {settings.num_hidden_layers} layers and {layer} is none")
        self.channels = (int(settings.hidden_size),)
        self._layer = layer
        self._patch = int(settings.patch_size)  # before the weights: language models have none
        self.model = AutoModel.from_config(settings)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        if self._layer == -1:
            hidden = self.model(pixel_values=pixels).last_hidden_state  # [B, n, d]
        else:
            given = self.model(pixel_values=pixels, output_hidden_states=True)
            hidden = given.hidden_states[self._layer]
        down, across = (side // self._patch for side in pixels.shape[-2:])
        patches = hidden[:, hidden.shape[1] - down * across :]
        return (patches.transpose(1, 2).unflatten(2, (down, across)),)


def build_encoder(config: Mapping[str, Any], *, layer: int = -1) -> nn.Module:
    """The encoder that `vision/config.json` describes, with weights still to be loaded.

    "kind": "efficientnet-lite0" (or 1, 2) is ours; a config with "model_type" is transformers', of
    which `layer` is passed on. Raises BundleError for anything else.
    """
    kind = config.get("kind")
    if kind in VARIANTS:
        return EfficientNetLite(kind)
    if "model_type" in config:
        from huggingface_hub.errors import StrictDataclassError

        facts = {k: v for k, v in config.items() if k not in ("kind", "regions")}
        try:
            return TransformersEncoder(facts, layer=layer)
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            ImportError,  # a package has some of transformers' encoders, not all
            StrictDataclassError,
        ) as error:
            raise BundleError(
                f"vision/config.json: transformers can't build {config['model_type']!r}: "
                + " ".join(str(error).split())
            ) from error
    known = ", ".join(VARIANTS)
    raise BundleError(
        f"vision/config.json: {kind!r} is no vision encoder known here ({known}, or a transformers "
        "config with model_type); update the program or choose another bundle."
    )


def device_and_dtype(wanted: Device = "auto") -> tuple[torch.device, torch.dtype]:
    """Where the encoders run: CUDA, MPS, else the processor, unless that is `wanted`.

    Half precision where the device computes in it; bfloat16 on a processor that multiplies it.
    """
    if wanted == "auto" and torch.cuda.is_available():
        half = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.device("cuda"), half
    if wanted == "auto" and torch.backends.mps.is_available():
        return torch.device("mps"), torch.float16
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    quick = native is not None and native()
    return torch.device("cpu"), torch.bfloat16 if quick else torch.float32


def autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """Computing in `dtype` where that is half precision; on a slow processor it would only cost."""
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)
