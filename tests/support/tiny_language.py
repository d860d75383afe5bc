"""Language models in transformers' form, with random weights that have something to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from tests.support.tiny_tokenizer import write_bytes_tokenizer, write_sentencepiece

SIZES: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 2048,
}
LLAMA_3: dict[str, Any] = {
    "rope_type": "llama3", "rope_theta": 500_000.0, "factor": 8.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 128,
}  # fmt: skip

KINDS = ("llama-2", "llama-3", "smollm", "mistral", "qwen2")


def write_tiny_language(folder: Path, kind: str = "llama-2", *, seed: int = 0) -> PreTrainedModel:
    """A model of one of `KINDS` in `folder`, which is made, weights in half precision."""
    folder.mkdir(parents=True)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = _build(folder, kind)
        roughen(model)
    model.half().save_pretrained(folder)
    return model.float()


def roughen(model: PreTrainedModel) -> None:
    """Weights of use: as large as their inputs are many, norms and biases that are not the usual.

    Some tokens are much louder than others, so that the next token is seldom a matter of rounding.
    """
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                parameter.copy_(("norm" in name) + 0.2 * torch.randn_like(parameter))
            else:
                parameter.copy_(torch.randn_like(parameter) / parameter.shape[1] ** 0.5)
        head: torch.Tensor = model.get_output_embeddings().weight  # type: ignore[assignment]
        head.mul_(torch.randn(len(head), 1).exp())
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())


def _build(folder: Path, kind: str) -> PreTrainedModel:
    match kind:
        case "llama-2":
            size = write_sentencepiece(folder, template="{{ messages[0]['content'] }}")
            return LlamaForCausalLM(LlamaConfig(vocab_size=size, **_marks(), **SIZES))
        case "llama-3":
            size = write_bytes_tokenizer(folder, "llama-bpe")
            config = LlamaConfig(
                vocab_size=size, num_key_value_heads=2, rope_parameters=LLAMA_3, **SIZES
            )
            return LlamaForCausalLM(config)
        case "smollm":
            size = write_bytes_tokenizer(folder, "smollm")
            config = LlamaConfig(
                vocab_size=size, num_key_value_heads=2, tie_word_embeddings=True, **SIZES
            )
            return LlamaForCausalLM(config)
        case "mistral":
            size = write_sentencepiece(folder, model=False)
            # More tokens than the tokenizer knows, and heads wider than the rows shared out.
            facts: dict[str, Any] = {"num_key_value_heads": 1, "head_dim": 32, **_marks(), **SIZES}
            return MistralForCausalLM(MistralConfig(vocab_size=size + 5, **facts))
        case _:
            size = write_bytes_tokenizer(folder, "qwen2")
            config = Qwen2Config(vocab_size=size, num_key_value_heads=2, **SIZES)
            return Qwen2ForCausalLM(config)


def _marks() -> dict[str, int]:
    return {"bos_token_id": 1, "eos_token_id": 2}
