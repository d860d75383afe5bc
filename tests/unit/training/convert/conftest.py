from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.bundle import RegionFacts
from engine.models.efficientnet import EfficientNetLite
from engine.models.projector import Projector
from engine.models.regions import RegionConfig, RegionHead
from tests.support.tiny_edition import keep_tiny_base, write_tiny_lora
from tests.support.tiny_llama import CONTEXT, N_EMBD
from training.convert.export import ExportConfig
from training.eyes import save_eyes
from training.steps.dense import Eyes

CLASSES = ("cat", "dog")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExportConfig:
    """A run's results as the steps leave them, with random weights."""
    keep_tiny_base(tmp_path / "parts", monkeypatch)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = EfficientNetLite("efficientnet-lite0")
        head = RegionHead(RegionConfig(channels=encoder.channels, classes=CLASSES, width=32))
        projector = Projector(encoder.channels[-1], N_EMBD, d_region=head.config.row_width)
    save_eyes(Eyes(encoder, head), tmp_path / "eyes", variant="efficientnet-lite0", side=128)
    joint = tmp_path / "stage3"
    joint.mkdir()
    save_file(projector.state_dict(), joint / "projector.safetensors")
    write_tiny_lora(joint)
    return ExportConfig(
        eyes=tmp_path / "eyes",
        joint=joint,
        out=tmp_path / "edition",
        base="tiny",
        context=CONTEXT,
        n_embd=N_EMBD,
        regions=RegionFacts(k=3, threshold=0.0, nms=0.6),
    )
