"""A language model in transformers' form -> GGUF, as llama.cpp's own converter writes it.

Llama, Mistral, Qwen2 and Baichuan-7B, whose query, key and value weights lie in one tensor and
which is a Llama otherwise. Names and metadata: conversion/llama.py, qwen.py and base.py of
llama.cpp. A LoRA is added at full precision. One tensor is in memory at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.llama.quantize import quantize
from training.convert.checkpoint import Checkpoint, Shape, Values, check_tensors
from training.convert.configuration import built, read_json
from training.convert.gguf_writer import (
    FILE_TYPE_F16,
    MODULES,
    interleaved,
    plan,
    write_planned,
)
from training.convert.merge import Lora, check_lora
from training.convert.rotations import add_rotations, rotation_factors
from training.convert.stream import Planned
from training.convert.vocabulary import add_vocabulary, read_vocabulary
from training.errors import ConversionError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

# `model_type` -> llama.cpp's architecture. "llaaa" is LLaSM's.
_ARCHITECTURES = {
    "llama": "llama",
    "llaaa": "llama",
    "mistral": "llama",
    "baichuan": "llama",
    "qwen2": "qwen2",
}
# No weights: the angles of the rotations, which older versions of transformers saved as well.
_LEFT_OUT = ".rotary_emb.inv_freq"
_PACKED = ("q_proj", "k_proj", "v_proj")
_ATTENTION = (*_PACKED, "o_proj")
_NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}


def write_language_model(
    weights: Checkpoint,
    folder: Path,
    target: Path,
    *,
    lora: Lora | None = None,
    quantization: str = "F16",
    extra: Sequence[str] = (),
) -> None:
    """Write the model as `target`.

    `folder` has its `config.json` (what stands there under `text_config` counts, where it does) and
    its tokenizer; `extra` are tokens that the model's own code adds to that. Raises ConversionError
    where the parts don't fit each other or the model is of another kind, and what `quantize` does.
    """
    config = read_config(folder)
    weights = weights.renamed(lambda name: None if name.endswith(_LEFT_OUT) else name)
    if config.tie_word_embeddings:  # its last layer is the table of embeddings
        weights = weights.renamed(lambda name: None if name == "lm_head.weight" else name)
    rows = list(_rows(config, packed=any("W_pack" in name for name in weights.names())))
    check_tensors(weights.shapes(), _sources(rows), weights.where)
    if lora is not None:
        check_lora(lora, {row.key: row.shape for row in rows if row.key}, weights.where)
    tensors = [Planned(row.name, row.shape, partial(_values, row, weights, lora)) for row in rows]
    if (factors := rotation_factors(config)) is not None:
        tensors.insert(0, Planned("rope_freqs.weight", factors.shape, lambda: factors))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as temporary:
        whole = target if quantization == "F16" else Path(temporary) / "whole.gguf"
        _write(config, folder, tensors, whole, extra)
        if whole != target:
            quantize(whole, target, quantization)


def read_config(folder: Path) -> PreTrainedConfig:
    """The language model's configuration; what it leaves out is filled in by transformers.

    Raises ConversionError where it can't be used or is of another kind.
    """
    from transformers import LlamaConfig, MistralConfig, Qwen2Config

    path = folder / "config.json"
    plain = read_json(path)
    plain = plain.get("text_config", plain)
    kind = plain.get("model_type")
    if kind not in _ARCHITECTURES:
        raise ConversionError(
            f"{path}: {kind!r} is no language model known here ({', '.join(_ARCHITECTURES)} are); "
            "convert it with llama.cpp's own tools and import the GGUF."
        )
    # Its relatives of that name have no rotations, or normalize their last layer.
    if kind == "baichuan" and (plain.get("num_hidden_layers") == 40 or "z_loss_weight" in plain):
        raise ConversionError(f"{path}: of the Baichuans only Baichuan-7B can be converted here.")
    build = {"qwen2": Qwen2Config, "mistral": MistralConfig}.get(kind, LlamaConfig)
    facts = {key: value for key, value in plain.items() if key not in ("model_type", "auto_map")}
    config: PreTrainedConfig = built(build, facts, path)
    if config.hidden_act != "silu":
        raise ConversionError(f"{path}: `hidden_act` must be silu, not {config.hidden_act!r}.")
    return config


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A tensor of the GGUF: where it comes from, and what is done to it on the way.

    `part` is its place in a tensor of three, `heads` are those whose rows are interleaved (0:
    none), `key` is how a LoRA calls it.
    """

    name: str
    source: str
    shape: Shape
    part: int | None = None
    heads: int = 0
    key: tuple[int, str] | None = None


def _rows(config: PreTrainedConfig, *, packed: bool) -> Iterator[_Row]:
    wide, table = config.hidden_size, (config.vocab_size, config.hidden_size)
    yield _Row(name="token_embd.weight", source="model.embed_tokens.weight", shape=table)
    yield _Row(name="output_norm.weight", source="model.norm.weight", shape=(wide,))
    if not config.tie_word_embeddings:
        yield _Row(name="output.weight", source="lm_head.weight", shape=table)
    for block in range(config.num_hidden_layers):
        for theirs, ours in _NORMS.items():
            source = f"model.layers.{block}.{theirs}.weight"
            yield _Row(name=f"blk.{block}.{ours}.weight", source=source, shape=(wide,))
        for module in MODULES:
            yield from _linear(config, block, module, packed=packed and module in _PACKED)


def _linear(config: PreTrainedConfig, block: int, module: str, *, packed: bool) -> Iterator[_Row]:
    """The weight of a linear layer, and its bias where it has one."""
    wide, inner, head = config.hidden_size, config.intermediate_size, _head_width(config)
    own, shared = config.num_attention_heads, config.num_key_value_heads
    shape = {
        "q_proj": (own * head, wide),
        "k_proj": (shared * head, wide),
        "v_proj": (shared * head, wide),
        "o_proj": (wide, own * head),
        "gate_proj": (inner, wide),
        "up_proj": (inner, wide),
        "down_proj": (wide, inner),
    }[module]
    within = "self_attn" if module in _ATTENTION else "mlp"
    source = f"model.layers.{block}.{within}.{'W_pack' if packed else module}"
    name = f"blk.{block}.{MODULES[module]}"
    turned = {"q_proj": own, "k_proj": shared} if _architecture(config) == "llama" else {}
    part = _PACKED.index(module) if packed else None
    heads = turned.get(module, 0)
    yield _Row(
        name=f"{name}.weight",
        source=f"{source}.weight",
        shape=shape,
        part=part,
        heads=heads,
        key=(block, module),
    )
    if module in _biased(config):
        yield _Row(
            name=f"{name}.bias", source=f"{source}.bias", shape=shape[:1], part=part, heads=heads
        )


def _biased(config: PreTrainedConfig) -> tuple[str, ...]:
    """The linear layers that have a bias."""
    if _architecture(config) == "qwen2":
        return _PACKED
    attention = _ATTENTION if getattr(config, "attention_bias", False) else ()
    return attention + (tuple(MODULES)[4:] if getattr(config, "mlp_bias", False) else ())


def _sources(rows: Sequence[_Row]) -> dict[str, Shape]:
    """The tensors that a checkpoint must hold."""
    return {
        row.source: row.shape if row.part is None else (3 * row.shape[0], *row.shape[1:])
        for row in rows
    }


def _values(row: _Row, weights: Checkpoint, lora: Lora | None) -> Values:
    values = weights.read(row.source)
    if row.part is not None:
        values = values[row.part * row.shape[0] :][: row.shape[0]]
    change = lora.change(*row.key) if lora and row.key else None
    if change is not None:
        values = values.astype(np.float32) + change
    return interleaved(values, row.heads) if row.heads else values


def _write(
    config: PreTrainedConfig,
    folder: Path,
    tensors: Sequence[Planned],
    target: Path,
    extra: Sequence[str],
) -> None:
    from gguf import GGML_QUANT_VERSION, GGUFWriter

    vocabulary = read_vocabulary(folder, config.vocab_size, extra)
    writer = GGUFWriter(target, _architecture(config))
    plan(writer, tensors)
    _add_facts(writer, config, folder)
    add_rotations(writer, config)
    add_vocabulary(writer, folder, vocabulary)
    writer.add_file_type(FILE_TYPE_F16)
    writer.add_quantization_version(GGML_QUANT_VERSION)
    write_planned(writer, tensors, folder)


def _add_facts(writer: Any, config: PreTrainedConfig, folder: Path) -> None:
    """What the model is called, and its measures."""
    from gguf import GGUFType, Metadata, size_label

    counts = writer.get_total_parameter_count()
    about = Metadata.load(None, folder, None, counts[0])
    about.name = about.name or folder.name
    about.size_label = about.size_label or size_label(*counts)
    writer.add_type(GGUFType.MODEL)
    about.set_gguf_meta_model(writer)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if (head := getattr(config, "head_dim", None)) is not None:
        writer.add_key_length(head)
        writer.add_value_length(head)
    if _architecture(config) == "llama":
        writer.add_vocab_size(config.vocab_size)
        writer.add_rope_dimension_count(_head_width(config))


def _head_width(config: PreTrainedConfig) -> int:
    return int(
        getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    )


def _architecture(config: PreTrainedConfig) -> str:
    return _ARCHITECTURES[config.model_type]
