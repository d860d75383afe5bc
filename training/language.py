"""The language model in training: frozen, in half precision, with LoRA on its linear layers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface

from training.convert.gguf_reader import read_language_model
from training.errors import ConfigError
from training.parts import fetch

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraSettings:
    """Low-rank adaptation (arXiv 2106.09685) of the named linear layers of every block."""

    rank: int = 16
    alpha: int = 32
    modules: tuple[str, ...] = LINEAR


def packed_attention(
    _module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    _attention_mask: None,
    *,
    scaling: float,
    masks: Sequence[Tensor],
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention over sequences that stand one behind the other in [1, heads, N, d].

    `masks` [T, T] of each sequence, true where seen, are as long together as N.
    """
    lengths = [len(mask) for mask in masks]
    queries, keys, values = (torch.split(x[0], lengths, 1) for x in (query * scaling, key, value))
    mixed = list(map(_attend, queries, keys, values, masks))
    return torch.cat(mixed, 1).transpose(0, 1)[None], None


def _attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """[heads, T, d]: two products and a softmax.

    On a processor that is nearly twice as fast, both ways, as the fused kernel under any mask
    (docs/experiments.md). Query heads share key heads without a copy.
    """
    heads, t, d = query.shape
    groups = len(key)
    unseen = torch.where(mask, 0.0, -1e4).to(query.dtype)
    scores = query.reshape(groups, -1, d) @ key.transpose(1, 2)
    weights = torch.softmax(scores.reshape(heads, t, t) + unseen, -1).reshape(groups, -1, t)
    return (weights @ value).reshape(heads, t, d)


class LanguageModel(nn.Module):
    """SmolLM2 with LoRA: rows and mask in, logits out at the places that are asked for.

    `dtype` is that of the frozen weights. LoRA's own stay float32.
    """

    def __init__(
        self,
        settings: LoraSettings,
        *,
        path: Path | None = None,
        dtype: torch.dtype = torch.bfloat16,
    ):
        super().__init__()
        base = read_language_model(path or fetch("language-model"))
        for parameter in base.parameters():  # not the rotary frequencies: rounded, they drift apart
            parameter.requires_grad_(False)
            parameter.data = parameter.data.to(dtype)
        AttentionInterface.register("packed", packed_attention)
        AttentionMaskInterface.register("packed", lambda **_: None)
        base.set_attn_implementation("packed")
        torch.manual_seed(0)
        adapted = get_peft_model(
            base,
            LoraConfig(
                r=settings.rank,
                lora_alpha=settings.alpha,
                target_modules=list(settings.modules),
                task_type="CAUSAL_LM",
            ),
        )
        self.settings = settings
        self.adapted = adapted
        for name, parameter in self.named_parameters():
            if "lora_" in name:
                parameter.data = parameter.data.float()
        for layer in adapted.modules():  # autocast does it once; peft would widen every input
            if hasattr(layer, "cast_input_dtype_enabled"):
                layer.cast_input_dtype_enabled = False
        self._trunk = [adapted.get_base_model().model]  # in a list: not registered twice
        self._table = [base.get_input_embeddings().weight]

    @property
    def table(self) -> Tensor:
        """The token embeddings [vocabulary, n_embd]; the output layer shares them."""
        table: Tensor = self._table[0]
        return table

    def forward(
        self, rows: Tensor, positions: Tensor, mask: Tensor, real: Tensor, at: Tensor
    ) -> Tensor:
        """rows [B, T, n_embd], positions [B, T], mask [B, T, T] (true: seen), at [n] of B*T.

        `real` [B, T] is false where a sequence is filled up; nothing is computed for those places.
        Returns logits [n, vocabulary].
        """
        lengths = real.sum(1).tolist()
        hidden = self._trunk[0](
            inputs_embeds=rows[real][None],
            position_ids=positions[real][None],
            masks=[m[:n, :n] for m, n in zip(mask, lengths, strict=True)],
            use_cache=False,
        ).last_hidden_state[0]
        found = hidden[(real.flatten().cumsum(0) - 1)[at]]
        logits: Tensor = found @ self.table.T.to(hidden.dtype)
        return logits

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids [...] -> rows [..., n_embd]."""
        return nn.functional.embedding(ids, self.table)


def save_lora(model: LanguageModel, folder: Path) -> None:
    """`lora.safetensors` (`layers.N.q_proj.lora_A` [r, in], `lora_B` [out, r]) and `lora.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        _short(name): parameter.detach().float().contiguous().cpu()
        for name, parameter in model.named_parameters()
        if "lora_" in name
    }
    save_file(weights, folder / "lora.safetensors")
    (folder / "lora.json").write_text(json.dumps(asdict(model.settings)))


def load_lora(model: LanguageModel, folder: Path) -> None:
    """What `save_lora` kept, into a model of the same settings; raises ConfigError for others."""
    kept = json.loads((folder / "lora.json").read_text())
    if kept != json.loads(json.dumps(asdict(model.settings))):
        raise ConfigError(
            f"{folder}/lora.json: made with rank {kept['rank']}, alpha {kept['alpha']} on "
            f"{', '.join(kept['modules'])}; give this stage the same lora.* settings"
        )
    weights = load_file(folder / "lora.safetensors")
    own: dict[str, Any] = {n: p for n, p in model.named_parameters() if "lora_" in n}
    for name, parameter in own.items():
        parameter.data.copy_(weights[_short(name)])


def _short(name: str) -> str:
    """peft's "...layers.3.self_attn.q_proj.lora_A.default.weight" -> "layers.3.q_proj.lora_A"."""
    words = name.split(".")
    place = words.index("layers")
    return ".".join(["layers", words[place + 1], *words[place + 3 : place + 5]])
