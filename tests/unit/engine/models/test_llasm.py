"""LLaSM's adaptor against its published computation, written out plainly."""

from __future__ import annotations

import pytest
import torch

from engine.errors import BundleError
from engine.models.llasm import DecoderAdaptor
from tests.support.tiny_whisper import TINY, tiny_whisper

TOKENS, N_EMBD = 64, 24


@torch.inference_mode()
def test_the_rows_are_the_decoders_last_states_through_one_layer() -> None:
    torch.manual_seed(0)
    whisper = tiny_whisper()
    adaptor = DecoderAdaptor(whisper.config.to_dict(), tokens=TOKENS, n_embd=N_EMBD).eval()
    adaptor.decoder.load_state_dict(whisper.decoder.state_dict())
    features = torch.randn(1, 80, 3000)

    # LLaSM: the whole Whisper on 64 start tokens, then `mm_projector`.
    ids = torch.ones((1, TOKENS), dtype=torch.long) * whisper.config.decoder_start_token_id
    states = whisper(input_features=features, decoder_input_ids=ids).last_hidden_state
    published = states @ adaptor.rows.weight.T + adaptor.rows.bias

    frames = whisper.encoder(features).last_hidden_state[0]
    rows, wanted = adaptor.heard(frames)
    assert rows.shape == (TOKENS, N_EMBD)
    assert wanted.all()
    assert (rows - published[0]).abs().max() < 1e-5


def test_only_what_was_trained_is_in_its_weights() -> None:
    adaptor = DecoderAdaptor(TINY, tokens=TOKENS, n_embd=N_EMBD)
    assert {name.split(".")[0] for name in adaptor.state_dict()} == {"decoder", "rows"}


@pytest.mark.parametrize(
    ("tokens", "config", "named"),
    [
        (97, TINY, r"97 start tokens .* takes 96"),
        (64, {**TINY, "decoder_attention_heads": 5}, "can't build its decoder"),
    ],
)
def test_a_decoder_that_can_not_be(tokens: int, config: dict[str, int], named: str) -> None:
    with pytest.raises(BundleError, match=named):
        DecoderAdaptor(config, tokens=tokens, n_embd=N_EMBD)
