"""LLaVA-1.5 and 1.6 with random weights, in the files and under the names of the published ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from torch import Tensor

from tests.support.tiny_language import SIZES, roughen
from tests.support.tiny_tokenizer import write_sentencepiece

Kind = Literal["1.5", "1.6-vicuna", "1.6-mistral"]
Names = Literal["transformers 4", "transformers 5"]

SIDE, PATCH = 56, 14
GRIDS = [[56, 112], [112, 56], [112, 112], [168, 56], [56, 168]]
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
EYES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "image_size": SIDE,
    "patch_size": PATCH,
    "projection_dim": 24,
}
_UNUSED = 6  # rows of the table behind the last token, as the published ones have
_TEMPLATES = {
    "vicuna": "{% for m in messages %}{{ m['role'].upper() }}: {{ m['content'] }} {% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}",
    "mistral": "{% for m in messages %}[INST] {{ m['content'] }} [/INST]{% endfor %}",
}


def write_tiny_llava(
    folder: Path, kind: Kind = "1.5", *, names: Names = "transformers 4", seed: int = 0
) -> Any:
    """A model in `folder`, which is made, weights in half precision; returns transformers' own."""
    folder.mkdir(parents=True)
    size = write_sentencepiece(folder, added=("<image>", "<pad>"))
    style = kind.partition("-")[2] or "vicuna"
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": _TEMPLATES[style]}))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = _build(kind, size)
        roughen(model)
    model.config.save_pretrained(folder)
    weights = {name: value.half() for name, value in model.state_dict().items()}
    if names == "transformers 4":
        weights = dict(_as_published(weights))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "preprocessor_config.json").write_text(json.dumps(_processor(kind)))
    return model.eval()


def processor(folder: Path, model: Any) -> Any:
    """transformers' own way from words with <image> and a picture to what the model takes."""
    from transformers import LlavaNextProcessor, LlavaProcessor, PreTrainedTokenizerFast
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.llava_next.image_processing_pil_llava_next import (
        LlavaNextImageProcessorPil,
    )

    settings = json.loads((folder / "preprocessor_config.json").read_text())
    del settings["image_processor_type"]
    marks = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), **marks)
    is_next = model.config.model_type == "llava_next"
    pictures = (LlavaNextImageProcessorPil if is_next else CLIPImageProcessorPil)(**settings)
    return (LlavaNextProcessor if is_next else LlavaProcessor)(
        image_processor=pictures,
        tokenizer=tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


def _build(kind: Kind, size: int) -> Any:
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaNextConfig,
        LlavaNextForConditionalGeneration,
        MistralConfig,
    )

    facts: dict[str, Any] = {
        "vocab_size": size + _UNUSED, "bos_token_id": 1, "eos_token_id": 2, **SIZES,
    }  # fmt: skip
    text: Any = LlamaConfig(**facts)
    if kind == "1.6-mistral":
        text = MistralConfig(num_key_value_heads=2, **facts)
    shared: dict[str, Any] = {
        "vision_config": CLIPVisionConfig(**EYES),
        "text_config": text,
        "image_token_index": size - 2,
        "vision_feature_layer": -2,
        "vision_feature_select_strategy": "default",
        "image_seq_length": (SIDE // PATCH) ** 2,
    }
    if kind == "1.5":
        return LlavaForConditionalGeneration(LlavaConfig(**shared))
    config = LlavaNextConfig(image_grid_pinpoints=GRIDS, **shared)
    return LlavaNextForConditionalGeneration(config)


def _as_published(weights: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """The names of the files of llava-hf, which were written by transformers 4."""
    for name, value in weights.items():
        own = name.removeprefix("model.")
        if own.startswith("language_model."):
            own = own.replace("language_model.", "language_model.model.", 1)
        elif own.startswith("vision_tower."):
            own = own.replace("vision_tower.", "vision_tower.vision_model.", 1)
        elif own.startswith("lm_head."):
            own = f"language_model.{own}"
        yield own, value


def _processor(kind: Kind) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": True, "size": {"shortest_edge": SIDE}, "resample": 3,
        "do_center_crop": True, "crop_size": {"height": SIDE, "width": SIDE},
        "do_rescale": True, "rescale_factor": 1 / 255, "do_convert_rgb": True,
        "do_normalize": True, "image_mean": list(MEAN), "image_std": list(STD),
    }  # fmt: skip
    if kind != "1.5":
        settings |= {
            "image_processor_type": "LlavaNextImageProcessor",
            "image_grid_pinpoints": GRIDS, "do_pad": True,
        }  # fmt: skip
    return settings
