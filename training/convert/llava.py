"""LLaVA-1.5 and 1.6 as published in transformers' form -> a bundle.

llava-hf/llava-1.5-7b-hf, llava-v1.6-vicuna-7b-hf, llava-v1.6-mistral-7b-hf and their like: CLIP's
vision encoder, a projector of two layers, a Llama or Mistral. Tensors are known under the names of
transformers 4 (`language_model.model.`, `vision_tower.vision_model.`) and 5 (`model.` in front).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.bundle import Bundle, Manifest, TileFacts, VisionFacts, write_bundle
from engine.prompt.template import PromptStyle
from engine.prompt.wording import tasks_in_words
from engine.types import Sampling
from training.convert.bundle import drafted
from training.convert.checkpoint import Checkpoint, check_tensors
from training.convert.configuration import built, read_json
from training.convert.language import write_language_model
from training.convert.processor import pixel_facts
from training.convert.stream import shapes_of, write_half
from training.errors import ConversionError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

CONTEXT = 8192
"""More is not kept of a model's context: what the cache of a whole Mistral's takes is 4 GB."""

# LLaVA's `conv_vicuna_v1`, with which 1.5 and 1.6 were trained.
POLITE = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions."
)
_NEWLINE = ("", "\n")  # around a picture
# What a chat template writes -> the prompt, and the licence of the language models that have it.
_STYLES: dict[str, tuple[PromptStyle, str]] = {
    "ASSISTANT:": (
        PromptStyle(template="vicuna", image=_NEWLINE, system=POLITE),
        "Llama 2 Community License",
    ),
    "[INST]": (PromptStyle(template="mistral", image=_NEWLINE), "Apache-2.0"),
}
_USUAL = {"llama": "ASSISTANT:", "mistral": "[INST]"}  # where there is no chat template
_TOWER = re.compile(r"(?:model\.)?vision_tower\.(?:vision_model\.)?(.+)")
_LANGUAGE = re.compile(r"(?:model\.)?language_model\.(?:model\.)?(?!lm_head\.)(.+)")
_HEAD = re.compile(r"(?:language_model\.)?(lm_head\..+)")
_PROJECTOR = {
    "multi_modal_projector.linear_1": "patches",
    "multi_modal_projector.linear_2": "second",
}
_POSITIONS = ".embeddings.position_ids"  # 0, 1, 2 ..., which old versions of transformers saved


def convert_llava(*, model: Path, quant: str, out: Path) -> Bundle:
    """The bundle of a published LLaVA, the folder `model`, at `out`: whole or not at all.

    `quant` is F16, Q8_0, Q4_K_M ... Raises ConversionError where the folder is something else,
    damaged or does not fit itself, and what `quantize` raises.
    """
    facts = _facts(model)
    weights = Checkpoint.open(model)
    manifest = _manifest(model, facts)
    with drafted(out) as draft:
        _write_vision(weights, facts, manifest, draft)
        language = weights.renamed(_language_name)
        write_language_model(language, model, draft / "llm.gguf", quantization=quant)
        bundle = write_bundle(draft, manifest)
    return Bundle(out, bundle.manifest)


def _facts(folder: Path) -> PreTrainedConfig:
    """The model's configuration, filled in by transformers, with everything as LLaVA has it."""
    from transformers import AutoConfig

    path = folder / "config.json"
    plain = read_json(path)
    if plain.get("model_type") not in ("llava", "llava_next"):
        raise ConversionError(
            f"{path}: {plain.get('model_type')!r} is no LLaVA in transformers' form (llava and "
            "llava_next are); take the folder of a model of llava-hf."
        )
    facts: PreTrainedConfig = built(AutoConfig.for_model, plain, path)
    for what, found, known in (
        ("vision_config.model_type", facts.vision_config.model_type, "clip_vision_model"),
        ("projector_hidden_act", facts.projector_hidden_act, "gelu"),
        ("multimodal_projector_bias", facts.multimodal_projector_bias, True),
        ("vision_feature_select_strategy", facts.vision_feature_select_strategy, "default"),
        ("vision_feature_layer", isinstance(facts.vision_feature_layer, int), True),
    ):
        if found != known:
            raise ConversionError(
                f"{path}: `{what}` is not as LLaVA-1.5 and 1.6 have it ({known!r}); this model "
                "can't be converted here."
            )
    return facts


def _manifest(folder: Path, facts: PreTrainedConfig) -> Manifest:
    style, licence = _style(folder, facts.text_config.model_type)
    # Which square the boxes of 1.6 are on, the squashed one or a padded one, is not published.
    tiles, dialect = None, "llava"
    if facts.model_type == "llava_next":
        tiles = TileFacts(sizes=tuple((high, wide) for high, wide in facts.image_grid_pinpoints))
        dialect = "plain"
    pixels = pixel_facts(folder, facts.vision_config.image_size, tiled=tiles is not None)
    return Manifest(
        name=folder.resolve().name,
        version="1",
        licence=licence,
        languages=("en",),
        context=min(CONTEXT, facts.text_config.max_position_embeddings),
        n_embd=facts.text_config.hidden_size,
        prompt=style,
        tasks=tasks_in_words(dialect),
        dialect=dialect,
        worded=True,
        vision=VisionFacts(
            **pixels, join=1, layer=_from_the_end(facts), projector="mlp", tiles=tiles
        ),
        sampling={"default": Sampling(max_tokens=512)},
    )


def _from_the_end(facts: PreTrainedConfig) -> int:
    layer = int(facts.vision_feature_layer)
    return layer if layer < 0 else layer - facts.vision_config.num_hidden_layers - 1


def _style(folder: Path, kind: str) -> tuple[PromptStyle, str]:
    """By the model's chat template, wherever its version of transformers put it."""
    written = ""
    for name in ("chat_template.jinja", "chat_template.json", "processor_config.json",
                 "tokenizer_config.json"):  # fmt: skip
        path = folder / name
        if not written and path.is_file():
            text = path.read_text(encoding="utf-8")
            written = (
                text
                if path.suffix == ".jinja"
                else str(json.loads(text).get("chat_template") or "")
            )
    written = written or _USUAL.get(kind, "")
    for mark, style in _STYLES.items():
        if mark in written:
            return style
    raise ConversionError(
        f"{folder} has a chat template that is not known here ({written[:60]!r}...; those with "
        f"{' and '.join(_STYLES)} are); this model can't be converted here."
    )


def _language_name(name: str) -> str | None:
    if head := _HEAD.fullmatch(name):
        return head[1]
    inner = _LANGUAGE.fullmatch(name)
    return f"model.{inner[1]}" if inner else None


def _tower_name(name: str) -> str | None:
    """The name in our files; that of something unknown stays."""
    if _language_name(name) is not None or name.endswith(_POSITIONS):
        return None
    if tower := _TOWER.fullmatch(name):
        return f"encoder.model.{tower[1]}"
    own = name.removeprefix("model.")
    if own == "image_newline":
        return "newline"
    layer, _, kind = own.rpartition(".")
    return f"{_PROJECTOR[layer]}.{kind}" if layer in _PROJECTOR else name


def _write_vision(
    weights: Checkpoint, facts: PreTrainedConfig, manifest: Manifest, draft: Path
) -> None:
    """`vision/` and `projector.safetensors`, in half precision."""
    from engine.models.projector import Projector
    from engine.models.vision import build_encoder

    vision = manifest.vision
    assert vision is not None
    config: dict[str, Any] = facts.vision_config.to_dict()
    encoder = shapes_of(lambda: build_encoder(config, layer=vision.layer), "encoder.")
    projector = shapes_of(
        lambda: Projector(
            facts.vision_config.hidden_size,
            manifest.n_embd,
            join=1,
            kind="mlp",
            tiles=vision.tiles is not None,
        )
    )
    towers = weights.renamed(_tower_name)
    check_tensors(towers.shapes(), encoder | projector, weights.where)
    (draft / "vision").mkdir()
    (draft / "vision" / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    write_half(towers, encoder, draft / "vision" / "model.safetensors")
    write_half(towers, projector, draft / "projector.safetensors")
