"""A bundle's ears: speech encoder and adaptor, on the device that suits them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.bundle.manifest import AdaptorFacts, Manifest, SpeechFacts
from engine.errors import BundleError
from engine.hearing import Heard
from engine.media.audio import HOP, RATE, Samples, log_mel
from engine.models.adaptor import build_adaptor
from engine.models.llasm import DecoderAdaptor
from engine.models.loading import build, read_config, to_array
from engine.models.speech import STRIDE, SpeechConfig, SpeechEncoder
from engine.models.telling import DecoderConfig, TellingAdaptor
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


def rows_of_block(
    adaptor: Adaptor | TellingAdaptor,
    frames: Tensor,
    block: slice,
    *,
    join: int,
    known: Sequence[int] = (),
) -> tuple[Tensor, tuple[int, ...]]:
    """The rows [m, n_embd] and the words of a block, a part of the frames [n, d] of its window.

    `known` are the words of the blocks before it.
    """
    if isinstance(adaptor, TellingAdaptor):
        return adaptor.tell(frames, first=block.start, last=block.stop, known=known)
    rows, wanted = adaptor.heard(frames)
    begins = torch.arange(len(rows), device=rows.device) * join
    return rows[wanted & (begins >= block.start) & (begins < block.stop)], ()


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
        self._adaptor: Adaptor | TellingAdaptor = adaptor.to(self._device).eval()  # type: ignore[assignment]
        self._facts = facts

    @classmethod
    def load(cls, folder: Path, manifest: Manifest, *, device: Device = "auto") -> Ears:
        """From the bundle in `folder`, warmed up. Raises BundleError where the files don't fit."""
        facts = manifest.speech
        if facts is None:
            raise BundleError(f"{folder}: this model has no ears; choose a bundle with speech.")
        config = read_config(folder / "speech" / "config.json")
        weights = load_file(folder / "speech" / "model.safetensors")
        described = SpeechConfig.of(config)
        encoder = build(lambda: SpeechEncoder(described), weights, "encoder.", folder)
        own = load_file(folder / "adaptor.safetensors")
        if facts.adaptor.kind == "whisper decoder":
            own |= {name: tensor for name, tensor in weights.items() if name.startswith("decoder.")}
        words = len(own["table"]) if "table" in own else 0
        make = partial(_adaptor, facts.adaptor, config, n_embd=manifest.n_embd, words=words)
        adaptor = build(make, own, "", folder)
        if isinstance(adaptor, TellingAdaptor):
            adaptor.table = adaptor.table.half()  # as in the file; a few rows are read at a time
        ears = cls(encoder, adaptor, facts=facts, device=device)
        ears.hear(np.zeros(RATE, np.float32))
        return ears

    @property
    def device(self) -> str:
        return str(self._device)

    @torch.inference_mode()
    def hear(
        self,
        window: Samples,
        start: int = 0,
        end: int | None = None,
        *,
        known: Sequence[int] = (),
    ) -> Heard:
        """What is heard of a block: that part of a window that is its samples [start, end).

        `end` None is the window's end. At least `HOP` samples are needed. Of rows of a recording as
        a whole it does not matter where they start. `known` is what was told in the blocks before.
        """
        if self._facts.windows is None:
            length = FILLED if self._facts.filled else max(-len(window) // HOP * -HOP, 2 * HOP)
            window = np.pad(window, (0, max(0, length - len(window))))
        mel = log_mel(window, n_mels=self._encoder.config.num_mel_bins)
        with autocast(self._device, self._dtype):
            frames = self._encoder(torch.from_numpy(mel)[None].to(self._device))[0]  # [n, d]
        if self._facts.windows is None:
            block = slice(0, FILLED // FRAME)
        else:
            block = slice(-(-start // FRAME), -(-(len(window) if end is None else end) // FRAME))
        join = self._facts.adaptor.join
        rows, told = rows_of_block(self._adaptor, frames.float(), block, join=join, known=known)
        return Heard(to_array(rows), told)


def _adaptor(
    facts: AdaptorFacts, config: Mapping[str, Any], *, n_embd: int, words: int
) -> nn.Module:
    """The adaptor behind the encoder of `config`, with weights still to be loaded."""
    width = int(config["d_model"])
    match facts.kind:
        case "whisper decoder":
            return DecoderAdaptor(config, tokens=facts.tokens, n_embd=n_embd)
        case "telling":
            return TellingAdaptor(
                DecoderConfig.of(config),
                n_embd=n_embd,
                words=words,
                further=facts.layers,
                sharpness=facts.sharpness,
            )
        case "ultravox":
            return UltravoxAdaptor(facts, d_audio=width, n_embd=n_embd)
        case _:
            return build_adaptor(facts, d_audio=width, n_embd=n_embd, words=words)
