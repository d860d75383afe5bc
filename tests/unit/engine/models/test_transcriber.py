"""Speech -> words: what Whisper is asked for, and tiny.en itself where it was fetched."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from engine.errors import BundleError
from engine.media.audio import RATE, read_audio
from engine.models.transcriber import Transcriber
from tests.support.sound_files import tone

SPEECH = Path(__file__).resolve().parents[4] / "resources" / "examples" / "question.ogg"


class Scripted:
    """Model and tokenizer that write down "one", "two" ...; `asked` is what for."""

    def __init__(self, *, multilingual: bool = False) -> None:
        self.config = SimpleNamespace(num_mel_bins=80)
        self.generation_config = SimpleNamespace(is_multilingual=multilingual)
        self.asked: list[dict[str, Any]] = []

    def to(self, **_: object) -> Scripted:
        return self

    def eval(self) -> Scripted:
        return self

    def generate(self, features: torch.Tensor, **wanted: object) -> torch.Tensor:
        self.asked.append({"shape": tuple(features.shape), **wanted})
        return torch.tensor([[len(self.asked)]])

    def decode(self, tokens: torch.Tensor, *, skip_special_tokens: bool) -> str:
        assert skip_special_tokens
        return (" one ", "", " three")[int(tokens[0]) - 1]


def scripted(model: Scripted) -> Transcriber:
    return Transcriber(cast(Any, model), cast(Any, model), device="cpu")


def test_whispers_own_suppression_is_asked_for() -> None:
    model = Scripted()
    assert scripted(model).transcribe(tone(2.0)[:, 0]) == "one"
    (asked,) = model.asked
    assert asked["shape"] == (1, 80, 3000)
    assert asked["temperature"] == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert (asked["no_speech_threshold"], asked["logprob_threshold"]) == (0.6, -1.0)
    assert asked["compression_ratio_threshold"] > 1
    assert asked["task"] is None


def test_a_multilingual_model_does_not_translate() -> None:
    model = Scripted(multilingual=True)
    scripted(model).transcribe(tone(1.0)[:, 0])
    assert model.asked[0]["task"] == "transcribe"


def test_silence_is_not_even_asked_about() -> None:
    model = Scripted()
    assert scripted(model).transcribe(np.zeros(RATE, np.float32)) == ""
    assert model.asked == []


def test_more_than_half_a_minute_is_cut_and_joined() -> None:
    model = Scripted()
    assert scripted(model).transcribe(tone(70.0)[:, 0]) == "one three"
    assert len(model.asked) == 3


@pytest.mark.parametrize("config", [None, {"model_type": "whisper"}, {}])
def test_a_folder_without_a_whisper(tmp_path: Path, config: object) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(BundleError, match=f"{tmp_path} holds no Whisper") as caught:
        Transcriber.load(tmp_path)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_tiny_en_writes_down_what_is_said_and_nothing_of_silence_and_noise(whisper: Path) -> None:
    listening = Transcriber.load(whisper, device="cpu")
    samples = read_audio(SPEECH)
    said = listening.transcribe(samples)
    assert "look at the picture" in said.lower() and "red apple" in said.lower()
    assert listening.transcribe(samples) == said
    random = np.random.default_rng(0)
    noise = (random.standard_normal(3 * RATE) * 0.05).astype(np.float32)
    for nothing in (noise, np.zeros(RATE, np.float32)):
        assert listening.transcribe(nothing) == ""
