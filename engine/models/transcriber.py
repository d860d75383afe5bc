"""Speech -> words by a whole Whisper (arXiv 2212.04356), for models that have no ears.

Any Whisper checkpoint folder in transformers' form. Whisper's own suppression is kept: tokens that
are not speech, blanks at the beginning, stretches without speech, and repeats, which are decoded
anew at a higher temperature (section 4.5).
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from engine.bundle.headers import read_shapes
from engine.errors import BundleError
from engine.media.audio import RATE, Samples, is_silent, log_mel
from engine.media.blocks import clips
from engine.models.loading import check_size, read_config
from engine.models.vision import device_and_dtype
from engine.types import Device

if TYPE_CHECKING:  # transformers takes a second to load
    from transformers import WhisperForConditionalGeneration, WhisperTokenizer

_WINDOW_S = 30.0  # what a Whisper hears at once
_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_SURE_ENOUGH = -1.0  # mean log-probability of an answer's tokens
_REPEATS = 1.35  # how far the tokens of an answer can be compressed (transformers' measure)
_NO_SPEECH = 0.6
_SEED = 0  # the same recording is always written down alike


class Transcriber:
    """Owns a Whisper. Not for two threads at once."""

    def __init__(
        self,
        model: WhisperForConditionalGeneration,
        tokenizer: WhisperTokenizer,
        *,
        device: Device = "auto",
    ) -> None:
        place, dtype = device_and_dtype(device)
        self._device = place
        self._dtype = torch.float32 if place.type == "cpu" else dtype
        self._model = model.to(device=self._device, dtype=self._dtype).eval()
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path, *, device: Device = "auto") -> Transcriber:
        """The Whisper in the folder. Raises BundleError where there is none that can be used."""
        from transformers import (
            WhisperConfig,
            WhisperForConditionalGeneration,
            WhisperTokenizer,
        )
        from transformers.utils import logging

        if not (folder / "config.json").is_file():
            raise BundleError(
                f"{folder} holds no Whisper (config.json is missing); give the folder of one, or "
                "type the question."
            )
        logging.disable_progress_bar()
        logging.set_verbosity_error()  # it warns of its own calls of itself
        try:
            config = WhisperConfig(**read_config(folder / "config.json"))
            given = sum(_count(path) for path in folder.glob("*.safetensors"))
            check_size(lambda: WhisperForConditionalGeneration(config), given, folder)
            model = WhisperForConditionalGeneration.from_pretrained(
                folder, config=config, local_files_only=True, use_safetensors=True
            )
            tokenizer = WhisperTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, BundleError) as error:
            first = " ".join(str(error).split())[:200]
            raise BundleError(
                f"{folder} holds no Whisper that can be used ({first}); get it again, or choose "
                "another."
            ) from error
        return cls(model, tokenizer, device=device)

    def transcribe(self, samples: Samples) -> str:
        """What is said at 16 kHz, of any length; "" where nobody speaks."""
        said = [
            self._piece(samples[start:end])
            for start, end in clips(samples, _WINDOW_S)
            if not is_silent(samples[start:end])
        ]
        return " ".join(filter(None, said))

    @torch.inference_mode()
    def _piece(self, samples: Samples) -> str:
        """What is said in at most half a minute."""
        config = self._model.generation_config
        window = np.pad(samples, (0, round(_WINDOW_S * RATE) - len(samples)))
        mel = log_mel(window, n_mels=self._model.config.num_mel_bins)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_SEED)
            tokens = self._model.generate(
                torch.from_numpy(mel)[None].to(device=self._device, dtype=self._dtype),
                task="transcribe" if getattr(config, "is_multilingual", False) else None,
                return_timestamps=False,
                temperature=_TEMPERATURES,
                logprob_threshold=_SURE_ENOUGH,
                compression_ratio_threshold=_REPEATS,
                no_speech_threshold=_NO_SPEECH,
            )
        sequences = getattr(tokens, "sequences", tokens)
        return str(self._tokenizer.decode(sequences[0], skip_special_tokens=True)).strip()


def _count(path: Path) -> int:
    """Numbers in a file of weights."""
    return sum(prod(shape) for shape in read_shapes(path).values())
