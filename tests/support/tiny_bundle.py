"""A complete bundle with random weights, made in a second or two: every path is the real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import WhisperModel

from engine.bundle import (
    AdaptorFacts,
    Bundle,
    Manifest,
    RegionFacts,
    SpeechFacts,
    TileFacts,
    VisionFacts,
    WindowFacts,
    write_bundle,
)
from engine.models.adaptor import WordsAdaptor, build_adaptor
from engine.models.projector import Projector
from engine.models.regions import RegionConfig, RegionHead
from engine.models.ultravox import UltravoxAdaptor
from engine.models.vision import build_encoder
from engine.prompt.template import PromptStyle
from engine.types import Sampling
from tests.support.tiny_llama import CONTEXT, N_EMBD, write_tiny_llama
from tests.support.tiny_telling import that_ends, tiny_telling

JOIN = 2
WORDS = 11
TASKS = ("chat", "caption", "refer", "identify", "detection")
CLASSES = ("cat", "dog", "mug")
VIT: dict[str, Any] = {
    "model_type": "vit",
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": 64,
    "patch_size": 16,
}
EFFICIENTNET: dict[str, Any] = {
    "kind": "efficientnet-lite0",
    "regions": {"classes": list(CLASSES), "width": 32},
}

CLIP: dict[str, Any] = {
    "model_type": "clip_vision_model",
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "image_size": 32,
    "patch_size": 8,
}

Eyesight = Literal["vit", "efficientnet", "llava", "blind"]
"""A ViT without a region head, EfficientNet-Lite0 with one, LLaVA-1.6's way, or no vision."""

Hearing = Literal["linear", "words", "telling", "whisper decoder", "ultravox", "deaf"]
"""Speech in blocks of a second through a linear layer, or as words, found or told; LLaSM's and
Ultravox's ways."""

LLAVA = VisionFacts(
    side=32,
    resize="squash",
    mean=(122.0, 116.0, 104.0),
    std=(68.0, 66.0, 70.0),
    join=1,
    resample="bicubic",
    layer=-2,
    projector="mlp",
    tiles=TileFacts(sizes=((32, 64), (64, 32), (64, 64))),
)

WINDOWS = WindowFacts(block=1.04, before=0.56, after=0.24)

SPEECH: dict[Hearing, SpeechFacts] = {
    "linear": SpeechFacts(
        seconds=8.0,
        longer="refuse",
        windows=WINDOWS,
        adaptor=AdaptorFacts(kind="linear", join=4),
    ),
    "words": SpeechFacts(
        seconds=8.0,
        longer="cut",
        windows=WINDOWS,
        adaptor=AdaptorFacts(kind="words", join=4, layers=1, heads=2, width=16),
    ),
    "telling": SpeechFacts(
        seconds=8.0,
        longer="cut",
        windows=WINDOWS,
        adaptor=AdaptorFacts(kind="telling", join=4, layers=1),
    ),
    "whisper decoder": SpeechFacts(
        seconds=3.0,
        longer="cut",
        windows=None,
        adaptor=AdaptorFacts(kind="whisper decoder", tokens=5),
    ),
    "ultravox": SpeechFacts(
        seconds=3.0,
        longer="cut",
        windows=None,
        filled=False,
        adaptor=AdaptorFacts(kind="ultravox", join=8, width=24),
    ),
}


def make_tiny_bundle(
    folder: Path,
    *,
    eyes: Eyesight = "efficientnet",
    ears: Hearing = "deaf",
    seed: int = 0,
) -> Bundle:
    """A bundle in `folder`, which is made; the same bytes for the same arguments."""
    folder.mkdir(parents=True)
    write_tiny_llama(folder / "llm.gguf", seed=seed)
    (folder / "evaluation.json").write_text(json.dumps({"refer": {"scenes": 0.0}}))
    vision = None
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if eyes == "llava":
            vision = _write_llava(folder)
        elif eyes != "blind":
            vision = _write_vision(folder, regions=eyes == "efficientnet")
        if ears != "deaf":
            _write_speech(folder, SPEECH[ears])
    manifest = Manifest(
        name=f"tiny-{eyes}",
        version="1",
        licence="Apache-2.0",
        languages=("en",),
        context=CONTEXT,
        n_embd=N_EMBD,
        prompt=PromptStyle(template="chatml"),
        tasks=(*TASKS, "transcribe") if ears != "deaf" else TASKS,
        dialect="minigpt-v2",
        vision=vision,
        speech=SPEECH.get(ears),
        sampling={"default": Sampling(max_tokens=24)},
    )
    return write_bundle(folder, manifest)


def _write_vision(folder: Path, *, regions: bool) -> VisionFacts:
    """Encoder, region head and projector with random weights, and the facts for the manifest."""
    config = EFFICIENTNET if regions else VIT
    encoder: Any = build_encoder(config)
    channels = encoder.channels
    parts: dict[str, nn.Module] = {"encoder.": encoder}
    d_region = 0
    if regions:
        head = RegionHead(RegionConfig(channels=channels, classes=CLASSES, width=32))
        parts["regions."] = head
        d_region = head.config.row_width
    weights = {
        f"{prefix}{name}": _fit_to_keep(tensor)
        for prefix, part in parts.items()
        for name, tensor in part.state_dict().items()
    }
    (folder / "vision").mkdir()
    (folder / "vision" / "config.json").write_text(json.dumps(config))
    save_file(weights, folder / "vision" / "model.safetensors")
    projector = Projector(channels[-1], N_EMBD, d_region=d_region, join=JOIN)
    save_file(projector.state_dict(), folder / "projector.safetensors")
    return VisionFacts(
        side=128 if regions else 64,
        resize="squash",
        mean=(127.0, 127.0, 127.0),
        std=(128.0, 128.0, 128.0),
        join=JOIN,
        # Every cell of a random head is as unsure as the next: a threshold of 0 lets regions in.
        regions=RegionFacts(k=4, threshold=0.0, nms=0.6) if regions else None,
    )


def _write_llava(folder: Path) -> VisionFacts:
    """CLIP's encoder and a projector of two layers with a row between lines."""
    encoder = build_encoder(CLIP, layer=LLAVA.layer)
    weights = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    (folder / "vision").mkdir()
    (folder / "vision" / "config.json").write_text(json.dumps(CLIP))
    save_file(weights, folder / "vision" / "model.safetensors")
    projector = Projector(CLIP["hidden_size"], N_EMBD, join=1, kind="mlp", tiles=True)
    save_file(projector.state_dict(), folder / "projector.safetensors")
    return LLAVA


def _write_speech(folder: Path, facts: SpeechFacts) -> None:
    """Whisper with random weights, and an adaptor."""
    from transformers import WhisperFeatureExtractor

    from tests.support.tiny_whisper import tiny_whisper

    whisper = tiny_whisper()
    speech = folder / "speech"
    speech.mkdir()
    whisper.config.to_json_file(speech / "config.json")
    WhisperFeatureExtractor().save_pretrained(speech)
    parts = ("encoder.", "decoder.") if facts.adaptor.kind == "whisper decoder" else ("encoder.",)
    weights = {n: t.contiguous() for n, t in whisper.state_dict().items() if n.startswith(parts)}
    save_file(weights, speech / "model.safetensors")
    save_file(_adaptor(facts.adaptor, whisper), folder / "adaptor.safetensors")


def _adaptor(facts: AdaptorFacts, whisper: WhisperModel) -> dict[str, Tensor]:
    width = whisper.config.d_model
    if facts.kind == "telling":
        telling = tiny_telling(whisper, words=WORDS, n_embd=N_EMBD, further=facts.layers)
        return that_ends(telling, after=5).state_dict()
    if facts.kind == "whisper decoder":
        layer = nn.Linear(width, N_EMBD)
        return {f"rows.{name}": tensor for name, tensor in layer.state_dict().items()}
    if facts.kind == "ultravox":
        return UltravoxAdaptor(facts, d_audio=width, n_embd=N_EMBD).state_dict()
    adaptor = build_adaptor(facts, d_audio=width, n_embd=N_EMBD, words=WORDS)
    if isinstance(adaptor, WordsAdaptor):
        adaptor.table.copy_(torch.randn(WORDS, N_EMBD))
    return adaptor.state_dict()


def _fit_to_keep(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float16).contiguous() if tensor.is_floating_point() else tensor
