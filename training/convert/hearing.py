"""An edition's ears -> those of a bundle: Whisper's encoder, and the adaptor with its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.convert.edition import read_weights
from training.errors import ConversionError

if TYPE_CHECKING:
    from transformers import WhisperConfig, WhisperForConditionalGeneration

WORDS_NAME = "heard_tokens.json"
"""In an edition: the ids of the tokens that the adaptor can hear, in its order."""


def write_ears(
    edition: Path, language_model: Path, whisper: WhisperForConditionalGeneration, draft: Path
) -> None:
    """`speech/` and `adaptor.safetensors` of the bundle in `draft`, in half precision.

    The adaptor's table of embeddings is taken from the language model, a GGUF. Raises
    ConversionError where the edition has no adaptor or it does not fit.
    """
    from safetensors.numpy import save_file

    encoder = {
        f"encoder.{name}": value.numpy().astype(np.float16)
        for name, value in whisper.model.encoder.state_dict().items()
    }
    speech = write_speech_facts(whisper.config, draft)
    save_file(encoder, speech / "model.safetensors")
    table = embeddings(language_model, read_words(edition)).astype(np.float16)
    adaptor = {**read_weights(edition, "adaptor"), "table": table}
    save_file(adaptor, draft / "adaptor.safetensors")


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
