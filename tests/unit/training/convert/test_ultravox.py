"""A tiny Ultravox of the published form, through the whole program.

Beside it: transformers' Whisper and Llama, and between them the published equations.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.bundle import AdaptorFacts, Bundle
from engine.seams import Rows
from engine.types import AudioPart, Message, TextPart
from tests.support.tiny_ultravox import DATES, STACK, WIDTH, TinyUltravox, write_tiny_ultravox
from tests.support.whole_program import TOKENS, Asked, asked
from training.__main__ import main
from training.convert.ultravox import convert_ultravox
from training.errors import ConversionError

WORDS = ("what", "is", "said", "the", "dog", "no", "in", "a", "Paris?", "Transcribe", "{<12>")


def recordings(folder: Path) -> list[Path]:
    """Ten of some seconds each, none a whole number of frames, tones that come and go."""
    paths = []
    for number in range(10):
        chance = np.random.default_rng(number)
        time = np.arange(9_001 + 3_777 * number) / 16_000
        tones = sum(
            np.sin(2 * np.pi * chance.uniform(100, 4000) * time + np.sin(5 * time))
            for _ in range(3)
        )
        sound = 0.2 * tones * np.sin(2 * np.pi * chance.uniform(1, 3) * time) ** 2
        path = folder / f"{number}.wav"
        soundfile.write(path, sound + 0.01 * chance.standard_normal(len(time)), 16_000)
        paths.append(path)
    return paths


def prompts() -> Iterator[str]:
    chance = random.Random("questions")
    while True:
        yield " ".join(chance.choices(WORDS, k=chance.randint(1, 12)))


class Theirs:
    """The published model: what its processor does, then its forward pass, then greedy search."""

    def __init__(self, model: TinyUltravox, llama: Path) -> None:
        from transformers import PreTrainedTokenizerFast

        self.model = model
        self._tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(llama / "tokenizer.json"))
        self.end = int(self._tokenizer.convert_tokens_to_ids("<|eot_id|>"))

    @torch.inference_mode()
    def rows(self, recording: Path) -> Tensor:
        """Mel frames of the sound alone, filled up to a whole frame, and no further."""
        from transformers import WhisperFeatureExtractor

        sound, rate = soundfile.read(recording, dtype="float32")
        mel = WhisperFeatureExtractor()(
            sound, sampling_rate=rate, padding="longest", pad_to_multiple_of=160,
            truncation=False, return_tensors="pt",
        ).input_features  # fmt: skip
        encoder = self.model.whisper.encoder
        hidden = F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).transpose(1, 2)
        hidden = hidden + encoder.embed_positions.weight[: hidden.shape[1]]
        for layer in encoder.layers:
            hidden = layer(hidden, None)
        return self._projected(encoder.layer_norm(hidden)[0])

    def _projected(self, frames: Tensor) -> Tensor:
        own = self.model.projector
        frames = F.pad(frames, (0, 0, 0, -len(frames) % STACK))
        widened = (
            own["linear_1.weight"]
            @ _rms(frames.reshape(-1, STACK * frames.shape[1]), own["ln_pre.weight"]).T
        )
        values, gate = widened.T.chunk(2, dim=-1)
        inner = F.silu(gate) * values
        if "ln_mid.weight" in own:
            return _rms(inner, own["ln_mid.weight"]) @ own["linear_2.weight"].T
        return _rms(inner @ own["linear_2.weight"].T, own["ln_post.weight"])

    @torch.inference_mode()
    def tokens(self, rows: Tensor, words: str) -> list[int]:
        before = (
            f"<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{DATES}<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\n"
        )
        behind = f" {words}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
        embed = self.model.llama.get_input_embeddings()
        first, last = (
            embed(torch.tensor(self._tokenizer(text, add_special_tokens=False)["input_ids"]))
            for text in (before, behind)
        )
        ids = self.model.llama.generate(
            inputs_embeds=torch.cat([first, rows, last])[None], do_sample=False,
            max_new_tokens=TOKENS, pad_token_id=0, eos_token_id=self.end,
        )  # fmt: skip
        answer: list[int] = ids[0].tolist()
        return answer


def _rms(values: Tensor, weight: Tensor) -> Tensor:
    return values / torch.sqrt(values.square().mean(-1, keepdim=True) + 1e-6) * weight


def share_of_equal_answers(ours: Asked, theirs: Theirs, paths: list[Path], count: int) -> float:
    equal = 0
    heard = [theirs.rows(path) for path in paths]
    for number, words in zip(range(count), prompts(), strict=False):
        which = number * len(paths) // count
        wanted = ours.pieces(theirs.tokens(heard[which], words), end=theirs.end)
        question = Message("user", (AudioPart(paths[which]), TextPart(words)))
        equal += ours.tokens(question) == wanted
    return equal / count


@pytest.mark.parametrize("middle", [True, False], ids=["0.5", "0.4"])
def test_answers_and_rows_are_those_of_the_published_model(
    tmp_path: Path, middle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, llama = tmp_path / "model", tmp_path / "llama"
    model = write_tiny_ultravox(folder, llama, middle=middle)
    out = tmp_path / "bundle"
    convert_ultravox(model=folder, llama=llama, quant="F16", out=out)
    theirs = Theirs(model, llama)
    paths = recordings(tmp_path)
    with asked(out, monkeypatch) as ours:
        for path in paths[:5]:
            (piece,) = ours.senses.encode_audio(AudioPart(path)).pieces
            assert isinstance(piece, Rows)
            wanted = theirs.rows(path).numpy()
            assert piece.array.shape == wanted.shape
            assert np.abs(piece.array - wanted).max() < 1e-2 * np.abs(wanted).max()
        assert share_of_equal_answers(ours, theirs, paths, 100) >= 0.99
        assert ours.senses.encoded == len(paths)  # each recording was heard once
        model.projector["ln_pre.weight"] *= -1  # and they would not be with other ears
        assert share_of_equal_answers(ours, theirs, paths, 20) < 0.9


def test_the_facts(tmp_path: Path) -> None:
    folder, llama = tmp_path / "ultravox-tiny", tmp_path / "llama"
    write_tiny_ultravox(folder, llama)
    out = tmp_path / "bundle"
    made = convert_ultravox(model=folder, llama=llama, quant="Q8_0", out=out)
    manifest = Bundle.open(out).manifest
    assert manifest == made.manifest
    assert (manifest.name, manifest.n_embd, manifest.context) == ("ultravox-tiny", 64, 2048)
    assert (manifest.prompt.template, manifest.prompt.audio) == ("llama-3", ("", ""))
    assert manifest.prompt.system == DATES
    assert manifest.hears
    assert not manifest.sees
    assert manifest.speech is not None
    assert not manifest.speech.filled
    assert manifest.speech.adaptor == AdaptorFacts(
        kind="ultravox", join=STACK, width=WIDTH, norm="middle"
    )


def test_a_speech_encoder_that_stayed_as_it_was_comes_from_whispers_folder(tmp_path: Path) -> None:
    whisper = tmp_path / "whisper"
    write_tiny_ultravox(tmp_path / "apart", tmp_path / "llama", whisper=whisper)
    given: dict[str, Any] = {"llama": tmp_path / "llama", "quant": "F16"}
    with pytest.raises(ConversionError, match=r"leaves the speech encoder to openai/whisper-large"):
        convert_ultravox(model=tmp_path / "apart", out=tmp_path / "none", **given)
    apart = convert_ultravox(
        model=tmp_path / "apart", whisper=whisper, out=tmp_path / "one", **given
    )
    write_tiny_ultravox(tmp_path / "whole", tmp_path / "other llama")
    words = ["ultravox", "--model", str(tmp_path / "whole"), "--llama", str(tmp_path / "llama")]
    assert main(["convert", *words, "--quant", "F16", "--out", str(tmp_path / "two")]) == 0
    whole = Bundle.open(tmp_path / "two")
    for name in ("speech/model.safetensors", "adaptor.safetensors"):
        assert apart.manifest.files[name].sha256 == whole.manifest.files[name].sha256


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "qwen2_audio"}, "`model_type` is 'qwen2_audio' and must be 'ultravox'"),
        ({"projector_act": "gelu"}, "`projector_act` is 'gelu' and must be 'swiglu'"),
        ({"audio_latency_block_size": 100}, "`audio_latency_block_size` is 100"),
        ({"num_projector_layers": 2}, "`num_projector_layers` is 2"),
        ({"stack_factor": None}, "does not say `stack_factor`"),
        ({"audio_config": {"model_type": "wav2vec2", "d_model": 8}}, "no Whisper but 'wav2vec2'"),
    ],
)
def test_what_is_no_ultravox_as_we_know_it_is_refused(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    folder, llama = tmp_path / "model", tmp_path / "llama"
    write_tiny_ultravox(folder, llama)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ConversionError, match=said):
        convert_ultravox(model=folder, llama=llama, quant="F16", out=tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_another_language_model_is_refused(tmp_path: Path) -> None:
    folder, llama = tmp_path / "model", tmp_path / "llama"
    write_tiny_ultravox(folder, llama)
    (llama / "tokenizer_config.json").write_text('{"chat_template": "[INST]"}')
    with pytest.raises(ConversionError, match=r"is no Llama 3; take .*Llama-3\.2-1B"):
        convert_ultravox(model=folder, llama=llama, quant="F16", out=tmp_path / "bundle")


def test_tensors_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    folder, llama = tmp_path / "model", tmp_path / "llama"
    write_tiny_ultravox(folder, llama)
    path = folder / "model.safetensors"
    weights = load_file(path)
    weights["language_model.lora"] = torch.zeros(2)
    del weights["multi_modal_projector.ln_mid.weight"]
    save_file(weights, path)
    with pytest.raises(ConversionError) as caught:
        convert_ultravox(model=folder, llama=llama, quant="F16", out=tmp_path / "bundle")
    assert "unknown: language_model.lora (2,)" in str(caught.value)
    assert "missing: middle.weight (20,)" in str(caught.value)
