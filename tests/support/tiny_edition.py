"""A tiny edition and its base as a kept part, so that conversions run whole in a moment."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.bundle import Manifest
from engine.prompt.template import PromptStyle
from engine.types import Sampling
from tests.support.tiny_llama import (
    CONTEXT,
    FEED_FORWARD,
    HEADS,
    KV_HEADS,
    LAYERS,
    N_EMBD,
    write_tiny_llama,
)
from training import parts
from training.convert.edition import Edition, save_edition
from training.convert.merge import LoraFacts
from training.parts import Part

RANK = 4
KV_WIDTH = N_EMBD // HEADS * KV_HEADS
SHAPES = {
    "q_proj": (N_EMBD, N_EMBD),
    "k_proj": (KV_WIDTH, N_EMBD),
    "v_proj": (KV_WIDTH, N_EMBD),
    "o_proj": (N_EMBD, N_EMBD),
    "gate_proj": (FEED_FORWARD, N_EMBD),
    "up_proj": (FEED_FORWARD, N_EMBD),
    "down_proj": (N_EMBD, FEED_FORWARD),
}


def keep_tiny_base(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """A tiny GGUF as the part "tiny", in a parts folder of its own."""
    folder.mkdir()
    path = folder / "tiny.gguf"
    write_tiny_llama(path)
    content = path.read_bytes()
    row = Part(
        wheel="none",
        version="0",
        member="none",
        file=path.name,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        licence="MIT",
        what="random weights",
    )
    patch.setitem(parts.PARTS, "tiny", row)
    patch.setenv("SIGHTLINE_PARTS", str(folder))
    return path


def write_tiny_lora(folder: Path, *, size: float = 0.3, seed: int = 0) -> None:
    """`lora.safetensors` and `lora.json` as a joint stage leaves them, every layer changed."""
    random = np.random.default_rng(seed)
    tensors = {}
    for layer in range(LAYERS):
        for module, (out, inp) in SHAPES.items():
            name = f"layers.{layer}.{module}"
            down, up = random.standard_normal((RANK, inp)), random.standard_normal((out, RANK))
            tensors[f"{name}.lora_A"] = (size * down / np.sqrt(inp)).astype(np.float32)
            tensors[f"{name}.lora_B"] = (size * up).astype(np.float32)
    save_file(tensors, folder / "lora.safetensors")
    (folder / "lora.json").write_text(json.dumps({"rank": RANK, "alpha": 2 * RANK}))


def write_tiny_edition(folder: Path, *, quantization: str = "Q8_0") -> Edition:
    """A blind edition of the part "tiny" with a LoRA."""
    folder.mkdir()
    write_tiny_lora(folder)
    (folder / "lora.json").unlink()
    edition = Edition(
        base="tiny",
        quantization=quantization,
        manifest=Manifest(
            name="tiny",
            version="1",
            licence="MIT",
            languages=("en",),
            context=CONTEXT,
            n_embd=N_EMBD,
            prompt=PromptStyle(template="chatml"),
            tasks=("chat",),
            dialect="minigpt-v2",
            vision=None,
            sampling={"default": Sampling(max_tokens=8)},
        ),
        lora=LoraFacts(RANK, 2.0 * RANK),
    )
    save_edition(folder, edition)
    return edition
