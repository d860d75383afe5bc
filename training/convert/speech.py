"""Whisper in transformers' form: the speech encoder of a bundle, and proof that it hears."""

from __future__ import annotations

import shutil
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.convert.ct2_reader import read_whisper
from training.errors import ConversionError
from training.parts import fetch

if TYPE_CHECKING:
    from transformers import WhisperForConditionalGeneration

RATE = 16_000
# The English-only models' own: the decoder begins with these two and stops at the third.
START, NO_TIMESTAMPS, END = 50257, 50362, 50256
_MOST_TOKENS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechConfig:
    """`out` is the folder to write; `hear`, a WAV file of 16 bits, is written down as a check."""

    out: Path = Path("build/whisper-tiny.en")
    hear: Path | None = None


def convert(config: SpeechConfig) -> WhisperForConditionalGeneration:
    """Write config.json, model.safetensors (float16), preprocessor_config.json, tokenizer.json.

    The folder appears whole. Raises PartError and ConversionError as the parts' readers do.
    """
    from transformers import WhisperFeatureExtractor

    model = read_whisper(fetch("speech-encoder"))
    config.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=config.out.parent, prefix=".speech-") as temporary:
        draft = Path(temporary) / "speech"
        model.half().save_pretrained(draft)
        WhisperFeatureExtractor(feature_size=model.config.num_mel_bins).save_pretrained(draft)
        shutil.copyfile(fetch("speech-tokenizer"), draft / "tokenizer.json")
        shutil.rmtree(config.out, ignore_errors=True)
        draft.rename(config.out)
    return model.float()


def transcribe(model: WhisperForConditionalGeneration, samples: NDArray[np.float32]) -> str:
    """What up to 30 s of speech at 16 kHz say, greedily."""
    import torch
    from tokenizers import Tokenizer
    from transformers import WhisperFeatureExtractor

    extract = WhisperFeatureExtractor(feature_size=model.config.num_mel_bins)
    features = extract(samples, sampling_rate=RATE, return_tensors="pt").input_features
    ids = [START, NO_TIMESTAMPS]
    with torch.inference_mode():
        heard = model.model.encoder(features).last_hidden_state
        for _ in range(_MOST_TOKENS):
            hidden = model.model.decoder(
                input_ids=torch.tensor([ids]), encoder_hidden_states=heard
            ).last_hidden_state
            token = int(model.proj_out(hidden[0, -1]).argmax())
            if token == END:
                break
            ids.append(token)
    return str(Tokenizer.from_file(str(fetch("speech-tokenizer"))).decode(ids)).strip()


def read_wav(path: Path) -> NDArray[np.float32]:
    """Samples -1..1 at 16 kHz of a WAV file of 16 bits, its channels mixed.

    Raises ConversionError for any other file.
    """
    try:
        with wave.open(str(path)) as file:
            rate, channels = file.getframerate(), file.getnchannels()
            if file.getsampwidth() != 2:
                raise ConversionError(f"{path}: give a WAV file of 16 bits a sample.")
            data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    except (OSError, EOFError, wave.Error) as error:
        raise ConversionError(f"{path} can't be read as a WAV file: {error}") from error
    sound = data.reshape(-1, channels).mean(1) / 32768
    # Resampled by cutting the spectrum at the new rate's half.
    count = round(len(sound) * RATE / rate)
    spectrum = np.fft.rfft(sound)[: count // 2 + 1]
    samples: NDArray[np.float32] = np.fft.irfft(spectrum, count).astype(np.float32)
    return samples * np.float32(count / max(1, len(sound)))


def main(config: SpeechConfig) -> None:
    """The command `speech`: what was heard goes to standard output."""
    model = convert(config)
    print(f"written to {config.out}", file=sys.stderr)
    if config.hear is not None:
        print(transcribe(model, read_wav(config.hear)))
