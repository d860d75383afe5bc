"""Tiny LLaSMs converted and run, against transformers, put together as LLaSM's own code does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor
from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration

from engine.bundle import Bundle
from engine.models import ears
from engine.models.ears import Ears
from engine.senses import Senses
from engine.types import AudioPart, Message, TextPart
from tests.support.independent import Program, Reader, alike
from tests.support.tiny_language import change_config
from tests.support.tiny_llasm import write_tiny_llasm, write_tiny_whisper
from training.__main__ import main
from training.convert import llasm
from training.convert.llasm import convert_llasm
from training.errors import ConversionError

TOKENS = 4
SYSTEM = (
    "You are a helpful language and speech assistant. You are able to understand the speech "
    "content that the user provides, and assist the user with a variety of tasks using natural "
    "language."
)
INSIDE = f"<<SYS>>\n{SYSTEM}\n<</SYS>>\n\n"
WORDS = (
    "", "the dog", "the red cat", "what is on the image", "this", "describe the image", "中文",
    "a cat is on the dog", "USER [INST] ing", "is this the end?",
)  # fmt: skip


@pytest.fixture(scope="module")
def whisper(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, WhisperForConditionalGeneration]:
    folder = tmp_path_factory.mktemp("whisper")
    return folder, write_tiny_whisper(folder)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("recordings")
    chance = np.random.default_rng(0)
    for number in range(10):
        times = np.arange(8000 * (number + 1)) / 16_000
        wave = 0.3 * np.sin(2 * np.pi * 100 * 1.5**number * times)
        noise = chance.standard_normal(len(times)) * 0.1 * (number % 3)
        soundfile.write(folder / f"{number}.wav", wave + noise, 16_000)
    return sorted(folder.iterdir())


def published_rows(
    recording: Path, whisper: WhisperForConditionalGeneration, adaptor: dict[str, Tensor]
) -> Tensor:
    """infer.py and llasm.py: 64 start tokens through the whole Whisper, then `mm_projector`."""
    samples, rate = soundfile.read(recording)
    features = WhisperFeatureExtractor()(samples, sampling_rate=rate, return_tensors="pt")
    ids = torch.ones((1, 64), dtype=torch.long) * whisper.config.decoder_start_token_id
    with torch.inference_mode():
        states = whisper.model(features.input_features, decoder_input_ids=ids).last_hidden_state[0]
    weight, bias = (adaptor[f"model.mm_projector.{name}"] for name in ("weight", "bias"))
    rows: Tensor = states @ weight.T + bias
    return rows


def weights_of(folder: Path) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for path in folder.glob("*.bin"):
        found |= torch.load(path, weights_only=True)
    return found


def prompt(rows: Tensor, words: str, *, baichuan: bool) -> list[str | Tensor]:
    """As infer_tokenize.py writes it, what was typed behind the speech."""
    lead = f" {words}" if words else ""
    if baichuan:
        return [f"{SYSTEM}USER:<au_start>", rows, f"<au_end>{lead}ASSISTANT:"]
    return [f"{INSIDE}<s>[INST] {INSIDE}<au_start>", rows, f"<au_end>{lead} [/INST] "]


@pytest.mark.parametrize("baichuan", [False, True])
def test_rows_and_answers_are_the_published_ones(
    tmp_path: Path,
    whisper: tuple[Path, WhisperForConditionalGeneration],
    recordings: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    baichuan: bool,
) -> None:
    monkeypatch.setattr(ears, "device_and_dtype", lambda _: (torch.device("cpu"), torch.float32))
    if baichuan:
        monkeypatch.setattr(llasm, "_LLAMA_TOKENS", 300)
    folder = tmp_path / "llasm"
    model = write_tiny_llasm(folder, baichuan=baichuan)
    out = tmp_path / "bundle"
    words = ["convert", "llasm", "--model", str(folder), "--whisper", str(whisper[0])]
    assert main([*words, "--quant", "F16", "--out", str(out)]) == 0
    bundle = Bundle.open(out)
    hearing = Ears.load(bundle.path, bundle.manifest, device="cpu")
    senses = Senses.of(bundle, None, hearing)
    adaptor = weights_of(folder)
    expected = {path: published_rows(path, whisper[1], adaptor) for path in recordings}
    for path, rows in expected.items():
        (found,) = senses.encode_audio(AudioPart(path)).pieces
        ours = torch.from_numpy(found.array)  # type: ignore[union-attr]
        assert ours.shape == rows.shape
        assert (ours - rows).norm() / rows.norm() < 1e-2
    reader = Reader(model, folder)
    program = Program(bundle, senses)
    asked = [(path, words) for path in recordings for words in WORDS]
    try:
        ours_said = [
            program.answer(
                Message("user", (AudioPart(path), *([TextPart(words)] if words else []))), TOKENS
            )
            for path, words in asked
        ]
    finally:
        program.close()
    said = [reader.answer(prompt(expected[p], w, baichuan=baichuan), TOKENS) for p, w in asked]
    assert alike(ours_said, said) >= 0.99
    assert len(set(said)) > 5
    # It would not be so for other rows.
    other = [
        reader.answer(prompt(expected[p].flip(1), w, baichuan=baichuan), TOKENS)
        for p, w in asked[::5]
    ]
    assert alike(ours_said[::5], other) < 0.9


def convert(model: Path, whisper: Path, out: Path) -> Bundle:
    return convert_llasm(model=model, whisper=whisper, quant="F16", out=out)


def change_shard(folder: Path, rename: dict[str, str]) -> None:
    """Other names in the shards of `folder` and in their list."""
    index = folder / "pytorch_model.bin.index.json"
    listed = json.loads(index.read_text())
    for path in folder.glob("*.bin"):
        shard = torch.load(path, weights_only=True)
        torch.save({rename.get(name, name): values for name, values in shard.items()}, path)
    listed["weight_map"] = {rename.get(n, n): f for n, f in listed["weight_map"].items()}
    index.write_text(json.dumps(listed))


def test_every_wrong_tensor_is_named(
    tmp_path: Path, whisper: tuple[Path, WhisperForConditionalGeneration]
) -> None:
    write_tiny_llasm(tmp_path / "llasm", baichuan=False)
    change_shard(tmp_path / "llasm", {"model.mm_projector.bias": "model.mm_projector.b"})
    with pytest.raises(ConversionError, match=r"missing: model\.mm_projector\.bias"):
        convert(tmp_path / "llasm", whisper[0], tmp_path / "out")
    names = {"model.mm_projector.b": "model.mm_projector.bias", "model.norm.weight": "model.n"}
    change_shard(tmp_path / "llasm", names)
    with pytest.raises(ConversionError, match=r"unknown: model\.n .*missing: model\.norm\.weight"):
        convert(tmp_path / "llasm", whisper[0], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_whisper_or_another_one_is_named(
    tmp_path: Path, whisper: tuple[Path, WhisperForConditionalGeneration]
) -> None:
    model = tmp_path / "llasm"
    write_tiny_llasm(model, baichuan=False)
    with pytest.raises(ConversionError, match="describes no Whisper"):
        convert(model, model, tmp_path / "out")
    other = tmp_path / "whisper"
    shutil.copytree(whisper[0], other)
    change_config(other, decoder_layers=3)
    with pytest.raises(ConversionError, match=r"missing: decoder\.layers\.2\."):
        convert(model, other, tmp_path / "out")
    change_config(model, audio_token_len=97)
    with pytest.raises(ConversionError, match=r"`audio_token_len` can't be 97"):
        convert(model, whisper[0], tmp_path / "out")
