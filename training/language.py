"""The language model in training: frozen, in half precision, with LoRA on its linear layers."""

from __future__ import annotations

import json
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
    attention_mask: Tensor,
    *,
    scaling: float,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention under a mask [B, 1, T, T], true where seen: two products and a softmax.

    On a processor that is nearly twice as fast, both ways, as the fused kernel under any mask in
    bfloat16 (docs/experiments.md). Query heads share key heads without a copy.
    """
    b, heads, t, d = query.shape
    groups = key.shape[1]
    unseen = torch.where(attention_mask, 0.0, -1e4).to(query.dtype)[:, :, None]  # [B, 1, 1, T, T]
    scores = (query * scaling).reshape(b, groups, -1, d) @ key.transpose(2, 3)
    scores = scores.reshape(b, groups, heads // groups, t, t) + unseen
    weights = torch.softmax(scores, -1).flatten(2, 3)
    mixed = (weights @ value).reshape(b, heads, t, d)
    return mixed.transpose(1, 2), None


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

    def forward(self, rows: Tensor, positions: Tensor, mask: Tensor, at: Tensor) -> Tensor:
        """rows [B, T, n_embd], positions [B, T], mask [B, 1, T, T] (true: seen), at [n] of B*T.

        Returns logits [n, vocabulary].
        """
        hidden = self._trunk[0](
            inputs_embeds=rows, position_ids=positions, attention_mask=mask, use_cache=False
        ).last_hidden_state
        logits: Tensor = hidden.flatten(0, 1)[at] @ self.table.T.to(hidden.dtype)
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
