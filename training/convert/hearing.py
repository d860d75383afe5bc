"""An edition's ears -> those of a bundle: Whisper's encoder, and the adaptor with its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.bundle.checks import LANGUAGE_MODEL
from training.convert.edition import Tensors, read_weights
from training.errors import ConversionError

if TYPE_CHECKING:
    from transformers import WhisperConfig, WhisperForConditionalGeneration

WORDS_NAME = "heard_tokens.json"
"""In an edition: the ids of the tokens that the adaptor can hear, in its order."""


def write_ears(
    edition: Path, language_model: Path, whisper: WhisperForConditionalGeneration, draft: Path
) -> None:
    """`speech/` and `adaptor.safetensors` of the bundle in `draft`, in half precision.

    The adaptor's table of embeddings is that of the bundle's own `llm.gguf`, so that a row which is
    one word is what the word is when typed; the decoder of one that tells words is Whisper's, its
    words are those of `language_model`, a GGUF. Raises ConversionError where the edition has no
    adaptor or it does not fit.
    """
    from safetensors.numpy import save_file

    encoder = {
        f"encoder.{name}": value.numpy().astype(np.float16)
        for name, value in whisper.model.encoder.state_dict().items()
    }
    speech = write_speech_facts(whisper.config, draft)
    save_file(encoder, speech / "model.safetensors")
    words, weights = read_words(edition), read_weights(edition, "adaptor")
    table = embeddings(draft / LANGUAGE_MODEL, words)
    if "fresh" in weights:
        adaptor = _telling(language_model, whisper, words, weights, table)
    else:
        adaptor = {**weights, "table": table}
    halves = {name: np.ascontiguousarray(value, np.float16) for name, value in adaptor.items()}
    save_file(halves, draft / "adaptor.safetensors")


def _telling(
    language_model: Path,
    whisper: WhisperForConditionalGeneration,
    words: list[int],
    weights: Tensors,
    table: NDArray[np.float32],
) -> Tensors:
    """The adaptor that tells words, whole."""
    import torch
    from tokenizers import Tokenizer

    from training.convert.gguf_reader import read_tokenizer
    from training.convert.telling import further_layers, known_words, teach, untaught
    from training.parts import fetch

    own = read_tokenizer(language_model).get_vocab()
    told = known_words(own, words, len(weights["fresh"]))
    tokenizer = Tokenizer.from_file(str(fetch("speech-tokenizer")))
    further = further_layers(weights)
    adaptor = untaught(whisper, tokenizer, told, torch.from_numpy(table), further=further)
    teach(adaptor, {name: torch.from_numpy(value).float() for name, value in weights.items()})
    return {name: value.numpy() for name, value in adaptor.state_dict().items()}


def write_speech_facts(whisper: WhisperConfig, draft: Path) -> Path:
    """What the speech encoder and its log-mel are, in `speech/` of the bundle in `draft`: that."""
    from transformers import WhisperFeatureExtractor

    speech = draft / "speech"
    speech.mkdir()
    (speech / "config.json").write_text(whisper.to_json_string(), encoding="utf-8")
    WhisperFeatureExtractor(feature_size=whisper.num_mel_bins).save_pretrained(speech)
    return speech


def read_words(edition: Path) -> list[int]:
    """The tokens that the edition's adaptor can hear. Raises ConversionError."""
    path = edition / WORDS_NAME
    try:
        words: list[int] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConversionError(
            f"{path} can't be read: {error}; export a run there first."
        ) from error
    return words


def embeddings(path: Path, tokens: list[int]) -> NDArray[np.float32]:
    """The rows [tokens, n_embd] of a GGUF's table of embeddings, dequantized."""
    from gguf import GGUFReader
    from gguf.quants import dequantize

    for tensor in GGUFReader(path).tensors:
        if tensor.name == "token_embd.weight":
            if max(tokens) >= len(tensor.data):
                raise ConversionError(
                    f"{path} has {len(tensor.data)} tokens and the adaptor hears {max(tokens)}; "
                    "it was trained with another language model."
                )
            rows: NDArray[np.float32] = dequantize(tensor.data[tokens], tensor.tensor_type)
            return rows
    raise ConversionError(f"{path} has no table of embeddings (token_embd.weight).")
