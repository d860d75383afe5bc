"""LLaSM's two folders and Whisper's in small: real names, files and tokens, narrow weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    WhisperConfig,
    WhisperForConditionalGeneration,
)

from tests.support.tiny_language import SIZES, roughen
from tests.support.tiny_tokenizer import write_sentencepiece
from tests.support.tiny_whisper import TINY

AUDIO = ("<au_patch>", "<au_start>", "<au_end>")


def write_tiny_llasm(folder: Path, *, baichuan: bool, seed: int = 0) -> LlamaForCausalLM:
    """LLaSM-Cllama2 or LLaSM-Baichuan in `folder`, which is made, in two shards of torch's form."""
    folder.mkdir(parents=True)
    added = ("<pad>", *AUDIO) if baichuan else AUDIO
    size = write_sentencepiece(folder, added=added, bos=not baichuan)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        marks = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
        model = LlamaForCausalLM(LlamaConfig(vocab_size=size, **marks, **SIZES))
        roughen(model)
        adaptor = torch.nn.Linear(TINY["d_model"], int(SIZES["hidden_size"]))
    weights = {
        **model.state_dict(),
        "model.mm_projector.weight": adaptor.weight.detach().half().float(),
        "model.mm_projector.bias": adaptor.bias.detach().half().float(),
        "model.layers.0.self_attn.rotary_emb.inv_freq": torch.rand(8),
    }
    _save_shards(folder, weights)
    facts: dict[str, Any] = {
        **SIZES, **marks, "architectures": ["LlaaaLlamaForCausalLM"], "audio_token_len": 64,
        "freeze_mm_mlp_adapter": False, "hidden_act": "silu", "max_sequence_length": 2048,
        "mm_audio_tower": "openai/whisper-large-v2", "mm_hidden_size": TINY["d_model"],
        "model_type": "llaaa", "rms_norm_eps": 1e-06, "tie_word_embeddings": False,
        "torch_dtype": "float32", "tune_mm_mlp_adapter": False, "use_mm_proj": True,
        "vocab_size": size,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(facts))
    return model.eval()


def write_tiny_whisper(folder: Path, *, seed: int = 0) -> WhisperForConditionalGeneration:
    """A whole Whisper in transformers' form."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = WhisperForConditionalGeneration(WhisperConfig(**TINY)).eval().half()
    model.save_pretrained(folder)
    return model.float()


def _save_shards(folder: Path, weights: dict[str, torch.Tensor]) -> None:
    names = sorted(weights)
    places: dict[str, str] = {}
    for number, part in enumerate((names[::2], names[1::2]), start=1):
        file = f"pytorch_model-0000{number}-of-00002.bin"
        shard = {name: weights[name].clone() for name in part}
        # torch wrote tensors with something of their own about them in the published files.
        next(iter(shard.values())).note = "kept"  # type: ignore[attr-defined]
        torch.save(shard, folder / file)
        places |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": 0}, "weight_map": places}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))
