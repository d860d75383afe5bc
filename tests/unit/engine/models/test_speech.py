"""The speech encoder against transformers', with random weights and with those of tiny.en."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from engine.errors import BundleError
from engine.models.speech import SpeechConfig, SpeechEncoder
from tests.support.tiny_whisper import TINY, tiny_whisper
from training.parts import PARTS, parts_folder

WHISPER = parts_folder() / PARTS["speech-encoder"].file


def ours(theirs: Any) -> SpeechEncoder:
    """Our encoder with transformers' weights."""
    encoder = SpeechEncoder(SpeechConfig.of(theirs.config.to_dict()))
    encoder.load_state_dict(theirs.state_dict())
    return encoder.eval()


def mel(frames: int, *, bins: int = 80) -> Tensor:
    return torch.randn(1, bins, frames)


@torch.inference_mode()
def test_it_is_transformers_encoder() -> None:
    torch.manual_seed(0)
    theirs = tiny_whisper().encoder
    sound = mel(3000)
    wanted = theirs(sound).last_hidden_state
    found = ours(theirs)(sound)
    assert found.shape == (1, 1500, 32)
    assert (found - wanted).abs().max() < 1e-5


@torch.inference_mode()
@pytest.mark.parametrize("frames", [2, 10, 350])
def test_it_takes_any_number_of_frames(frames: int) -> None:
    """What transformers' encoder computes where its table of positions is as short."""
    torch.manual_seed(0)
    theirs = tiny_whisper().encoder
    encoder, sound = ours(theirs), mel(frames)
    theirs.config.max_source_positions = frames // 2
    table = theirs.embed_positions.weight[: frames // 2]
    theirs.embed_positions = torch.nn.Embedding(len(table), 32, _weight=table)
    assert (encoder(sound) - theirs(sound).last_hidden_state).abs().max() < 1e-5
    assert encoder(mel(frames + 1)).shape == (1, frames // 2 + 1, 32)


@pytest.mark.skipif(not WHISPER.exists(), reason="the Whisper part was not fetched")
@torch.inference_mode()
def test_it_is_tiny_ens_encoder() -> None:
    from training.convert.ct2_reader import read_whisper

    torch.manual_seed(0)
    theirs = read_whisper(WHISPER).model.encoder
    sound = mel(3000)
    wanted = theirs(sound).last_hidden_state
    assert (ours(theirs)(sound) - wanted).abs().max() < 1e-3 * wanted.std()


def test_more_than_its_positions_is_too_much() -> None:
    encoder = SpeechEncoder(SpeechConfig.of({**TINY, "model_type": "whisper"}))
    with pytest.raises(ValueError, match="1501 frames"):
        encoder(mel(3002))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model_type": "wav2vec2"}, "'wav2vec2' is no speech encoder"),
        ({"activation_function": "relu"}, "`activation_function`"),
        ({"d_model": "wide"}, "`d_model` must be a whole number from 1, not 'wide'"),
        ({"encoder_layers": None}, "`encoder_layers`"),
        ({"encoder_attention_heads": 5}, "32 numbers can't be shared by 5 heads"),
    ],
)
def test_a_config_that_is_none(change: dict[str, Any], named: str) -> None:
    with pytest.raises(BundleError, match=named):
        SpeechConfig.of({**TINY, "model_type": "whisper", **change})
