"""An Ultravox with random weights, in the files and under the names of the published ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from tests.support.tiny_language import LLAMA_3, SIZES, roughen
from tests.support.tiny_tokenizer import write_bytes_tokenizer
from tests.support.tiny_whisper import TINY, tiny_whisper

STACK, WIDTH = 8, 40
HEADERS = ("<|start_header_id|>", "<|end_header_id|>")
DATES = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
_PROJECTOR = "multi_modal_projector."


@dataclass(frozen=True, slots=True)
class TinyUltravox:
    """transformers' models of both ends, and the projector between by its published names."""

    whisper: Any
    projector: dict[str, Tensor]
    llama: Any


def write_tiny_ultravox(
    folder: Path, llama: Path, *, middle: bool = True, whisper: Path | None = None
) -> TinyUltravox:
    """Ultravox in `folder` and its language model in `llama`, which are made, in half precision.

    With `middle` the second norm stands where it does since 0.5. The speech encoder is in the
    checkpoint or, with `whisper`, in that folder as part of a whole Whisper.
    """
    folder.mkdir(parents=True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        speech = tiny_whisper()
        _round(speech)
        model = _language(llama)
        projector = _projector(middle=middle)
    weights = {f"{_PROJECTOR}{name}": value for name, value in projector.items()}
    config: dict[str, Any] = {
        "architectures": ["UltravoxModel"], "model_type": "ultravox",
        "audio_latency_block_size": None, "hidden_size": WIDTH, "norm_init": 0.4,
        "projector_act": "swiglu", "projector_ln_mid": middle, "stack_factor": STACK,
        "text_model_id": "meta-llama/Llama-3.2-1B-Instruct",
    }  # fmt: skip
    if whisper is None:
        weights |= {f"audio_tower.{n}": v for n, v in speech.encoder.state_dict().items()}
        config |= {"audio_config": {**TINY, "model_type": "whisper"}, "audio_model_id": None}
    else:
        speech.half().save_pretrained(whisper)
        speech.float()
        config["audio_model_id"] = "openai/whisper-large-v3-turbo"
    halves = {name: value.half().contiguous() for name, value in weights.items()}
    save_file(halves, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))
    return TinyUltravox(speech, projector, model)


def _language(folder: Path) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True)
    size = write_bytes_tokenizer(folder, "llama-bpe", more=HEADERS)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    written = "{{ bos_token }}<|start_header_id|>system<|end_header_id|>\n\n" + DATES
    settings["chat_template"] = written + "<|eot_id|>{{ messages[0]['content'] }}"
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    config = LlamaConfig(vocab_size=size, num_key_value_heads=2, rope_parameters=LLAMA_3, **SIZES)
    model: Any = LlamaForCausalLM(config)
    roughen(model)
    model.half().save_pretrained(folder)
    return model.float().eval()


def _projector(*, middle: bool) -> dict[str, Tensor]:
    stacked, gate, n_embd = STACK * TINY["d_model"], WIDTH // 2, SIZES["hidden_size"]
    shapes = {
        "ln_pre.weight": (stacked,),
        "linear_1.weight": (WIDTH, stacked),
        "linear_2.weight": (n_embd, gate),
        ("ln_mid.weight" if middle else "ln_post.weight"): (gate if middle else n_embd,),
    }
    return {
        name: (torch.randn(shape) / (shape[-1] ** 0.5 if len(shape) == 2 else 1)).half().float()
        for name, shape in shapes.items()
    }


def _round(model: Any) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
