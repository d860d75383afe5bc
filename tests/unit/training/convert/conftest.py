from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import WhisperConfig, WhisperForConditionalGeneration

from engine.bundle import RegionFacts
from engine.models.adaptor import WordsAdaptor, build_adaptor
from engine.models.efficientnet import EfficientNetLite
from engine.models.projector import Projector
from engine.models.regions import RegionConfig, RegionHead
from tests.support.tiny_edition import keep_tiny_base, write_tiny_lora
from tests.support.tiny_llama import CONTEXT, N_EMBD
from tests.support.tiny_whisper import TINY
from training.convert import ct2_reader
from training.convert.export import ExportConfig
from training.data.speech.listening import SPEECH
from training.ears import save_adaptor
from training.eyes import save_eyes
from training.parts import PARTS
from training.steps.dense import Eyes

CLASSES = ("cat", "dog")


@pytest.fixture
def ears(config: ExportConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExportConfig:
    """The same run with an adaptor that hears three tokens of the tiny base; a tiny Whisper."""
    folder = tmp_path / "listen"
    folder.mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        whisper = WhisperForConditionalGeneration(WhisperConfig(**TINY)).eval()
        width = TINY["d_model"]
        adaptor = build_adaptor(SPEECH.adaptor, d_audio=width, n_embd=N_EMBD, words=3)
    assert isinstance(adaptor, WordsAdaptor)
    save_adaptor(adaptor, [7, 3, 11], folder)
    part = tmp_path / "parts" / "whisper"
    part.write_bytes(b"whisper")
    row = replace(PARTS["speech-encoder"], file=part.name, bytes=7)
    monkeypatch.setitem(PARTS, "speech-encoder", row)
    monkeypatch.setattr(ct2_reader, "read_whisper", lambda _: whisper)
    return replace(config, ears=folder)


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
