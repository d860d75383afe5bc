"""A Whisper with random weights, in transformers' form: a config and both halves of the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import BPE
from transformers import WhisperConfig, WhisperModel

TINY: dict[str, Any] = {
    "num_mel_bins": 80,
    "d_model": 32,
    "encoder_layers": 2,
    "encoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_layers": 2,
    "decoder_attention_heads": 4,
    "decoder_ffn_dim": 64,
    "max_source_positions": 1500,
    "max_target_positions": 96,
    "vocab_size": 120,
    "decoder_start_token_id": 101,
    "eos_token_id": 100,
    "bos_token_id": 100,
    "pad_token_id": 100,
}


def tiny_whisper() -> WhisperModel:
    """With weights of torch's random state as it is."""
    return WhisperModel(WhisperConfig(**TINY)).eval()


def tiny_whisper_tokenizer(
    letters: Sequence[str],
    marks: Sequence[str] = ("<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>"),
) -> Tokenizer:
    """Whisper's tokenizer with a vocabulary of single letters and its marks."""
    vocabulary = {letter: number for number, letter in enumerate(letters)}
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=[]))
    tokenizer.add_special_tokens(list(marks))
    return tokenizer
