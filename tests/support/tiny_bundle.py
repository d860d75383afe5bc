"""A complete bundle with random weights, made in a second or two: every path is the real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.bundle import Bundle, Manifest, RegionFacts, VisionFacts, write_bundle
from engine.models.projector import Projector
from engine.models.regions import RegionConfig, RegionHead
from engine.models.vision import build_encoder
from engine.prompt.template import PromptStyle
from engine.types import Sampling
from tests.support.tiny_llama import CONTEXT, N_EMBD, write_tiny_llama

JOIN = 2
CLASSES = ("cat", "dog", "mug")
VIT: dict[str, Any] = {
    "model_type": "vit",
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": 64,
    "patch_size": 16,
}
EFFICIENTNET: dict[str, Any] = {
    "kind": "efficientnet-lite0",
    "regions": {"classes": list(CLASSES), "width": 32},
}

Eyesight = Literal["vit", "efficientnet", "blind"]
"""A ViT without a region head, EfficientNet-Lite0 with one, or no vision at all."""


def make_tiny_bundle(folder: Path, *, eyes: Eyesight = "efficientnet", seed: int = 0) -> Bundle:
    """A bundle in `folder`, which is made; the same bytes for the same arguments."""
    folder.mkdir(parents=True)
    write_tiny_llama(folder / "llm.gguf", seed=seed)
    (folder / "evaluation.json").write_text(json.dumps({"refer": {"scenes": 0.0}}))
    vision = None
    if eyes != "blind":
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            vision = _write_vision(folder, regions=eyes == "efficientnet")
    manifest = Manifest(
        name=f"tiny-{eyes}",
        version="1",
        licence="Apache-2.0",
        languages=("en",),
        context=CONTEXT,
        n_embd=N_EMBD,
        prompt=PromptStyle(template="chatml"),
        tasks=("chat", "caption", "refer", "identify", "detection"),
        dialect="minigpt-v2",
        vision=vision,
        sampling={"default": Sampling(max_tokens=24)},
    )
    return write_bundle(folder, manifest)


def _write_vision(folder: Path, *, regions: bool) -> VisionFacts:
    """Encoder, region head and projector with random weights, and the facts for the manifest."""
    config = EFFICIENTNET if regions else VIT
    encoder: Any = build_encoder(config)
    channels = encoder.channels
    parts: dict[str, nn.Module] = {"encoder.": encoder}
    d_region = 0
    if regions:
        head = RegionHead(RegionConfig(channels=channels, classes=CLASSES, width=32))
        parts["regions."] = head
        d_region = head.config.row_width
    weights = {
        f"{prefix}{name}": _fit_to_keep(tensor)
        for prefix, part in parts.items()
        for name, tensor in part.state_dict().items()
    }
    (folder / "vision").mkdir()
    (folder / "vision" / "config.json").write_text(json.dumps(config))
    save_file(weights, folder / "vision" / "model.safetensors")
    projector = Projector(channels[-1], N_EMBD, d_region=d_region, join=JOIN)
    save_file(projector.state_dict(), folder / "projector.safetensors")
    return VisionFacts(
        side=128 if regions else 64,
        resize="squash",
        mean=(127.0, 127.0, 127.0),
        std=(128.0, 128.0, 128.0),
        join=JOIN,
        # Every cell of a random head is as unsure as the next: a threshold of 0 lets regions in.
        regions=RegionFacts(k=4, threshold=0.0, nms=0.6) if regions else None,
    )


def _fit_to_keep(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float16).contiguous() if tensor.is_floating_point() else tensor
