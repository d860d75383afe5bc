"""A bundle's ears: speech encoder and adaptor, on the device that suits them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.bundle.manifest import Manifest, SpeechFacts
from engine.errors import BundleError
from engine.media.audio import HOP, RATE, Samples, log_mel
from engine.models.adaptor import build_adaptor
from engine.models.llasm import DecoderAdaptor
from engine.models.loading import fill, read_config, to_array
from engine.models.speech import STRIDE, SpeechConfig, SpeechEncoder
from engine.models.ultravox import UltravoxAdaptor
from engine.models.vision import autocast, device_and_dtype
from engine.types import Device

FRAME = HOP * STRIDE
"""Samples between two frames of the encoder: 20 ms."""

FILLED = 30 * RATE
"""What Whisper itself fills every recording up to, in samples."""


class Adaptor(Protocol):
    """Frames of one window [n, d_audio] -> its rows [m, n_embd] and which of them go on [m]."""

    def heard(self, frames: Tensor) -> tuple[Tensor, Tensor]: ...


class Ears:
    """Owns the weights of the hearing side of a bundle. Not for two threads at once."""

    def __init__(
        self,
        encoder: SpeechEncoder,
        adaptor: nn.Module,
        *,
        facts: SpeechFacts,
        device: Device = "auto",
    ):
        self._device, self._dtype = device_and_dtype(device)
        self._encoder = encoder.to(self._device).eval()
        self._adaptor: Adaptor = adaptor.to(self._device).eval()  # type: ignore[assignment]
        self._facts = facts

    @classmethod
    def load(cls, folder: Path, manifest: Manifest, *, device: Device = "auto") -> Ears:
        """From the bundle in `folder`, warmed up. Raises BundleError where the files don't fit."""
        facts = manifest.speech
        if facts is None:
            raise BundleError(f"{folder}: this model has no ears; choose a bundle with speech.")
        config = read_config(folder / "speech" / "config.json")
        weights = load_file(folder / "speech" / "model.safetensors")
        encoder = SpeechEncoder(SpeechConfig.of(config))
        fill(encoder, weights, "encoder.", folder)
        own = load_file(folder / "adaptor.safetensors")
        adaptor: nn.Module
        if facts.adaptor.kind == "whisper decoder":
            adaptor = DecoderAdaptor(config, tokens=facts.adaptor.tokens, n_embd=manifest.n_embd)
            own |= {name: tensor for name, tensor in weights.items() if name.startswith("decoder.")}
        elif facts.adaptor.kind == "ultravox":
            width = encoder.config.d_model
            adaptor = UltravoxAdaptor(facts.adaptor, d_audio=width, n_embd=manifest.n_embd)
        else:
            width = encoder.config.d_model
            words = len(own["table"]) if "table" in own else 0
            adaptor = build_adaptor(
                facts.adaptor, d_audio=width, n_embd=manifest.n_embd, words=words
            )
        fill(adaptor, own, "", folder)
        ears = cls(encoder, adaptor, facts=facts, device=device)
        ears.hear(np.zeros(RATE, np.float32))
        return ears

    @property
    def device(self) -> str:
        return str(self._device)

    @torch.inference_mode()
    def hear(self, window: Samples, start: int = 0, end: int | None = None) -> NDArray[np.float32]:
        """The rows of one window that start in its samples [start, end): float32 [m, n_embd].

        `end` None is the window's end. At least `HOP` samples are needed. Of rows of a recording as
        a whole it does not matter where they start.
        """
        if self._facts.windows is None:
            length = FILLED if self._facts.filled else max(-len(window) // HOP * -HOP, 2 * HOP)
            window = np.pad(window, (0, max(0, length - len(window))))
        mel = log_mel(window, n_mels=self._encoder.config.num_mel_bins)
        with autocast(self._device, self._dtype):
            frames = self._encoder(torch.from_numpy(mel)[None].to(self._device))[0]  # [n, d]
        rows, wanted = self._adaptor.heard(frames.float())
        if self._facts.windows is not None:
            begins = torch.arange(len(rows), device=rows.device) * self._facts.adaptor.join * FRAME
            wanted = wanted & (begins >= start)
            if end is not None:
                wanted = wanted & (begins < end)
        return to_array(rows[wanted])
