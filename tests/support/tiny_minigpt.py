"""MiniGPT-v2's three downloads in small: real names, layout and number of blocks, narrow weights.

EVA-CLIP is one head wide, but has its 40 blocks and what the model does not use; the checkpoint has
what MiniGPT-4's runner saves: what was trained, buffers, and the state of the training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tests.support.tiny_language import SIZES, write_tiny_language

WIDTH, INNER, PATCH, BLOCKS, PLACES = 88, 96, 14, 40, 16 * 16 + 1
RANK, ALPHA = 64, 16
LORA = "llama_model.base_model.model.model.layers"
N_EMBD = int(SIZES["hidden_size"])

Weights = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class TinyMiniGpt:
    """Where the downloads lie."""

    llama: Path
    checkpoint: Path
    eva: Path


def write_tiny_minigpt(folder: Path, *, seed: int = 0) -> TinyMiniGpt:
    """All three in `folder`, which is made; the same bytes for the same seed."""
    llama = folder / "llama-2-7b-chat"
    write_tiny_language(llama, "llama-2", seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed + 1)
        torch.save(eva_weights(), folder / "eva_vit_g.pth")
        saved = {
            "model": trained_weights(),
            "optimizer": {
                "state": {0: {"exp_avg": torch.zeros(3)}},
                "param_groups": [{"lr": 1e-5}],
            },
            "config": {"run": {"task": "image_text_pretrain"}, "model": {"lora_r": RANK}},
            "scaler": {"scale": 65536.0},
            "epoch": 34,
        }
        torch.save(saved, folder / "minigptv2_checkpoint.pth")
    return TinyMiniGpt(llama, folder / "minigptv2_checkpoint.pth", folder / "eva_vit_g.pth")


def eva_weights() -> Weights:
    """`eva_vit_g.pth`: 40 blocks, of which 39 are used, and a norm and a head, which are not."""
    weights: Weights = {
        "cls_token": torch.randn(1, 1, WIDTH),
        "pos_embed": torch.randn(1, PLACES, WIDTH),
        "patch_embed.proj.weight": _matrix(WIDTH, 3, PATCH, PATCH),
        "patch_embed.proj.bias": 0.1 * torch.randn(WIDTH),
    }
    for number in range(BLOCKS):
        block = f"blocks.{number}"
        weights |= _norm(f"{block}.norm1") | _norm(f"{block}.norm2")
        weights |= {
            f"{block}.attn.q_bias": 0.2 * torch.randn(WIDTH),
            f"{block}.attn.v_bias": 0.2 * torch.randn(WIDTH),
            f"{block}.attn.qkv.weight": _matrix(3 * WIDTH, WIDTH),
            f"{block}.attn.proj.weight": 0.3 * _matrix(WIDTH, WIDTH),
            f"{block}.attn.proj.bias": 0.1 * torch.randn(WIDTH),
            f"{block}.mlp.fc1.weight": _matrix(INNER, WIDTH),
            f"{block}.mlp.fc1.bias": 0.2 * torch.randn(INNER),
            f"{block}.mlp.fc2.weight": 0.3 * _matrix(WIDTH, INNER),
            f"{block}.mlp.fc2.bias": 0.1 * torch.randn(WIDTH),
        }
    weights |= _norm("norm")
    weights |= {"head.weight": _matrix(24, WIDTH), "head.bias": torch.randn(24)}
    return {name: values.half() for name, values in weights.items()}


def trained_weights(*, adapter: str = ".default") -> Weights:
    """What the checkpoint holds under "model"; newer versions of peft name the adapter."""
    weights: Weights = {
        # Numbers that half precision has, so that both sides of a comparison have the same.
        "llama_proj.weight": (0.3 * _matrix(N_EMBD, 4 * WIDTH)).half().float(),
        "llama_proj.bias": (0.1 * torch.randn(N_EMBD)).half().float(),
    }
    for layer in range(int(SIZES["num_hidden_layers"])):
        at = f"{LORA}.{layer}.self_attn"
        weights[f"{at}.rotary_emb.inv_freq"] = torch.rand(8)
        for module in ("q_proj", "v_proj"):
            weights[f"{at}.{module}.lora_A{adapter}.weight"] = _matrix(RANK, N_EMBD)
            weights[f"{at}.{module}.lora_B{adapter}.weight"] = 0.5 * _matrix(N_EMBD, RANK)
    return weights


def _norm(name: str) -> Weights:
    return {
        f"{name}.weight": 1 + 0.2 * torch.randn(WIDTH),
        f"{name}.bias": 0.2 * torch.randn(WIDTH),
    }


def _matrix(*shape: int) -> Tensor:
    drawn: Tensor = torch.randn(shape) / math.prod(shape[1:]) ** 0.5
    return drawn
