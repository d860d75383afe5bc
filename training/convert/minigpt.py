"""The published MiniGPT-v2 (arXiv 2310.09478) -> a bundle.

Three downloads: Llama-2-7B-chat in transformers' form; the checkpoint with the projector and the
LoRA, as MiniGPT-4's runner saves it (what was trained, and buffers); and `eva_vit_g.pth`, EVA-CLIP
as LAVIS gives it away. How they are put together: minigpt4/models/minigpt_v2.py, eva_vit.py and
base_model.py of Vision-CAIR/MiniGPT-4.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np

from engine.bundle import Bundle, Manifest, VisionFacts, write_bundle
from engine.models.eva import EVA, EvaConfig, EvaEncoder
from engine.prompt.template import PromptStyle
from engine.types import Sampling
from training.convert.bundle import drafted
from training.convert.checkpoint import Checkpoint, Shape, Values, check_tensors
from training.convert.language import read_config, write_language_model
from training.convert.merge import Lora, LoraFacts, lora_of
from training.convert.stream import Planned, planned, shapes_of, write_half, write_safetensors
from training.errors import ConversionError

FACTS = LoraFacts(rank=64, alpha=16.0)
SIDE, BLOCKS, HEAD_WIDTH = 448, 39, 88
# What `eva_vit_g.pth` holds and the model does not use: EVA-CLIP's last block, and what makes one
# vector of its states.
NOT_USED = (f"blocks.{BLOCKS}.", "norm.", "fc_norm.", "head.")
TASKS = ("chat", "vqa", "caption", "grounding", "refer", "identify", "detection")
# CLIP's, of values 0..1.
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_JOIN = 2  # squared: patches of a row
_LORA = "llama_model.base_model.model."
_PROJECTOR = {"llama_proj.weight": "patches.weight", "llama_proj.bias": "patches.bias"}
_LAST_NORM = ("ln_vision.weight", "ln_vision.bias")
# Angles that the language model keeps beside its weights; they follow from its configuration.
_BUFFERS = ".rotary_emb.inv_freq"


def convert_minigpt(*, llama: Path, checkpoint: Path, eva: Path, quant: str, out: Path) -> Bundle:
    """The bundle at `out`, whole or not at all.

    `llama` is a folder, `checkpoint` and `eva` are files. Raises ConversionError where they are
    something else, damaged or don't fit each other, and what `quantize` raises.
    """
    config = read_config(llama)
    trained, seeing = Checkpoint.open(checkpoint), Checkpoint.open(eva)
    encoder = eva_config(seeing)
    lora = read_checkpoint(trained, encoder.hidden_size, config.hidden_size)
    tensors = encoder_tensors(seeing, trained, encoder)
    projector = trained.renamed(_PROJECTOR.get)
    with drafted(out) as draft:
        (draft / "vision").mkdir()
        write_safetensors(tensors, draft / "vision" / "model.safetensors", eva)
        (draft / "vision" / "config.json").write_text(
            json.dumps({"kind": EVA, **asdict(encoder)}), encoding="utf-8"
        )
        write_half(projector, projector.names(), draft / "projector.safetensors")
        write_language_model(
            Checkpoint.open(llama), llama, draft / "llm.gguf", lora=lora, quantization=quant
        )
        manifest = _manifest(config.max_position_embeddings, config.hidden_size)
        bundle = write_bundle(draft, manifest)
    return Bundle(out, bundle.manifest)


def read_checkpoint(trained: Checkpoint, d_patch: int, n_embd: int) -> Lora:
    """The LoRA of a published checkpoint, in which there must be nothing unknown.

    Raises ConversionError that lists the tensors that are not as they should be.
    """
    found = trained.renamed(lambda name: None if name.endswith(_BUFFERS) else name).shapes()
    names = [name for name in found if name.startswith(_LORA)]
    expected: dict[str, Shape] = {name: found[name] for name in names}
    expected |= dict.fromkeys((name for name in _LAST_NORM if name in found), (d_patch,))
    shapes = ((n_embd, _JOIN**2 * d_patch), (n_embd,))
    check_tensors(found, expected | dict(zip(_PROJECTOR, shapes, strict=True)), trained.where)
    if not names:
        raise ConversionError(f"{trained.where} holds no LoRA ({_LORA}...); take MiniGPT-v2's own.")
    return lora_of(((trained.where, name, trained.read(name)) for name in names), FACTS)


def eva_config(seeing: Checkpoint) -> EvaConfig:
    """What the encoder is, by its weights. Raises ConversionError where they are another one's."""
    width, _, patch, _ = _shape(seeing, "patch_embed.proj.weight", 4)
    inner, _ = _shape(seeing, "blocks.0.mlp.fc1.weight", 2)
    if width % HEAD_WIDTH:
        raise ConversionError(f"{seeing.where} is {width} wide, no multiple of {HEAD_WIDTH}.")
    return EvaConfig(
        hidden_size=width,
        num_hidden_layers=BLOCKS,
        num_attention_heads=width // HEAD_WIDTH,
        intermediate_size=inner,
        patch_size=patch,
        image_size=SIDE,
    )


def encoder_tensors(seeing: Checkpoint, trained: Checkpoint, config: EvaConfig) -> list[Planned]:
    """The encoder's tensors under the engine's names, positions stretched to the pictures' size.

    The last norm is the published model's, which starts as one that changes nothing and is kept out
    of its training, so that its checkpoint need not hold it. Raises ConversionError.
    """
    used = seeing.renamed(lambda name: None if name.startswith(NOT_USED) else name)
    shapes = {n: s for n, s in shapes_of(lambda: EvaEncoder(config)).items() if n not in _LAST_NORM}
    places = shapes["pos_embed"]
    table = _shape(used, "pos_embed", 3)
    square = math.isqrt(table[1] - 1) ** 2 + 1
    check_tensors(used.shapes(), {**shapes, "pos_embed": (1, square, places[2])}, seeing.where)
    found = [
        replace(tensor, shape=places, values=partial(stretched, tensor.values, places[1]))
        if tensor.name == "pos_embed"
        else tensor
        for tensor in planned(used)
    ]
    norm = trained.renamed(lambda name: name if name in _LAST_NORM else None)
    shape = (config.hidden_size,)
    if set(norm.names()) == set(_LAST_NORM):
        found += planned(norm)
    else:
        found.append(Planned(_LAST_NORM[0], shape, lambda: np.ones(shape, np.float32)))
        found.append(Planned(_LAST_NORM[1], shape, lambda: np.zeros(shape, np.float32)))
    return [replace(tensor, name=f"encoder.{tensor.name}") for tensor in found]


def stretched(table: Callable[[], Values], places: int) -> Values:
    """A table of positions [1, 1 + n*n, d] for a larger square, by bicubic interpolation.

    The first place, which is no patch's, stays; as `interpolate_pos_embed` of eva_vit.py.
    """
    import torch
    import torch.nn.functional as F

    known = torch.from_numpy(table().astype(np.float32))
    old, new = math.isqrt(known.shape[1] - 1), math.isqrt(places - 1)
    if old == new:
        return known.numpy()
    cells = known[:, 1:].transpose(1, 2).reshape(1, -1, old, old)
    larger = F.interpolate(cells, size=(new, new), mode="bicubic", align_corners=False)
    whole: Values = torch.cat([known[:, :1], larger.flatten(2).transpose(1, 2)], 1).numpy()
    return whole


def _shape(weights: Checkpoint, name: str, dimensions: int) -> Shape:
    """Of a tensor that tells the others' shapes. Raises ConversionError."""
    shape = weights.shape(name)
    if len(shape) != dimensions:
        raise ConversionError(f"{weights.where}: {name} is {shape}; take EVA-CLIP's own file.")
    return shape


def _manifest(context: int, n_embd: int) -> Manifest:
    return Manifest(
        name="minigpt-v2",
        version="1",
        licence="Llama 2 Community License; MiniGPT-4's code and weights BSD-3-Clause",
        languages=("en",),
        context=context,
        n_embd=n_embd,
        prompt=PromptStyle(template="llama-2"),
        tasks=TASKS,
        dialect="minigpt-v2",
        vision=VisionFacts(
            side=SIDE,
            resize="squash",
            resample="bicubic",
            mean=_of_bytes(_MEAN),
            std=_of_bytes(_STD),
            join=_JOIN,
            joining="line",
        ),
        sampling={"default": Sampling(max_tokens=500)},
    )


def _of_bytes(values: tuple[float, float, float]) -> tuple[float, float, float]:
    red, green, blue = (255 * value for value in values)
    return red, green, blue
