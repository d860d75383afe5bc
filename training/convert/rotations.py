"""How a language model's positions are turned (RoPE, arXiv 2104.09864), as GGUF has it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.errors import ConversionError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig


def add_rotations(writer: Any, config: PreTrainedConfig) -> None:
    """Tell a GGUFWriter the base, and how the angles are scaled for a longer context.

    Raises ConversionError for a scaling that is not known here.
    """
    from gguf import RopeScalingType

    facts = config.rope_parameters
    kind = facts.get("rope_type", "default")
    match kind:
        # The third is `rotation_factors`; the fourth changes nothing up to the context's end.
        case "default" | "none" | "llama3" | "dynamic":
            pass
        case "linear":
            writer.add_rope_scaling_type(RopeScalingType.LINEAR)
            writer.add_rope_scaling_factor(facts["factor"])
        case "yarn":
            _add_yarn(writer, facts)
        case _:
            raise ConversionError(
                f"The model scales its positions by {kind!r}, which is not known here; "
                "convert it with llama.cpp's own tools and import the GGUF."
            )
    writer.add_rope_freq_base(facts["rope_theta"])


def _add_yarn(writer: Any, facts: dict[str, Any]) -> None:
    from gguf import RopeScalingType

    writer.add_rope_scaling_type(RopeScalingType.YARN)
    writer.add_rope_scaling_factor(facts["factor"])
    writer.add_rope_scaling_orig_ctx_len(facts["original_max_position_embeddings"])
    for key, add in (
        ("extrapolation_factor", writer.add_rope_scaling_yarn_ext_factor),
        ("attention_factor", writer.add_rope_scaling_yarn_attn_factor),
        ("beta_fast", writer.add_rope_scaling_yarn_beta_fast),
        ("beta_slow", writer.add_rope_scaling_yarn_beta_slow),
    ):
        if facts.get(key) is not None:
            add(facts[key])


def rotation_factors(config: PreTrainedConfig) -> NDArray[np.float32] | None:
    """By how much Llama 3.1 slows down each pair of a head's numbers [d/2]; None for other models.

    Quick pairs keep their speed, slow ones are slowed down by `factor`, those between in part.
    """
    facts = config.rope_parameters
    if facts.get("rope_type") != "llama3":
        return None
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    steps = np.arange(0, width, 2, dtype=np.float32) / np.float32(width)
    length = 2 * math.pi * np.float32(facts["rope_theta"]) ** steps  # of a full turn, in tokens
    factor, low, high = facts["factor"], facts["low_freq_factor"], facts["high_freq_factor"]
    context = facts["original_max_position_embeddings"]
    share = (context / length - low) / (high - low)
    between = 1 / ((1 - share) / factor + share)
    slow = np.where(length > context / low, factor, between)
    return np.where(length < context / high, 1.0, slow).astype(np.float32)
