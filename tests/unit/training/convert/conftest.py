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
from tests.support.tiny_whisper import TINY, tiny_whisper_tokenizer
from training.convert import ct2_reader
from training.convert.export import ExportConfig
from training.convert.gguf_reader import read_tokenizer
from training.convert.telling import known_words, untaught
from training.data.speech.listening import WORDS
from training.ears import save_adaptor
from training.eyes import save_eyes
from training.parts import PARTS, fetch
from training.steps.dense import Eyes
from training.telling import new_pupil, save_taught

CLASSES = ("cat", "dog")
LETTERS = "dgothe "  # all that the tiny Whisper can spell


@pytest.fixture
def ears(
    config: ExportConfig, small_whisper: WhisperForConditionalGeneration, tmp_path: Path
) -> ExportConfig:
    """The same run with an adaptor that finds three tokens of the tiny base."""
    folder = tmp_path / "listen"
    folder.mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        adaptor = build_adaptor(WORDS, d_audio=TINY["d_model"], n_embd=N_EMBD, words=3)
    assert isinstance(adaptor, WordsAdaptor)
    save_adaptor(adaptor, [7, 3, 11], folder)
    return replace(config, ears=folder)


@pytest.fixture
def telling(
    config: ExportConfig, small_whisper: WhisperForConditionalGeneration, tmp_path: Path
) -> ExportConfig:
    """The same run with an adaptor that tells four tokens of the tiny base, Whisper lacking one."""
    own = read_tokenizer(fetch("tiny")).get_vocab()
    words = known_words(own, [own["d"], own["g"], own["o"], own["Ġthe"]], 1)
    tokenizer = tiny_whisper_tokenizer(LETTERS)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pupil = new_pupil(
            untaught(small_whisper, tokenizer, words, torch.zeros(4, N_EMBD)), 1, rank=4
        )
        for value in pupil.taught().values():
            value.data.add_(torch.randn_like(value) * 0.1)
    save_taught(pupil.taught(), words.tokens, tmp_path / "tell")
    return replace(config, ears=tmp_path / "tell")


@pytest.fixture
def small_whisper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> WhisperForConditionalGeneration:
    """A tiny Whisper with random weights, as the one that the parts hold."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        found = WhisperForConditionalGeneration(WhisperConfig(**TINY)).eval()
    (tmp_path / "parts").mkdir(exist_ok=True)
    words = tiny_whisper_tokenizer(LETTERS).to_str().encode()
    for name, content in (("speech-encoder", b"whisper"), ("speech-tokenizer", words)):
        (tmp_path / "parts" / name).write_bytes(content)
        monkeypatch.setitem(PARTS, name, replace(PARTS[name], file=name, bytes=len(content)))
    monkeypatch.setattr(ct2_reader, "read_whisper", lambda _: found)
    return found


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
