"""What GGUF files do not say about a model: how it writes boxes, and its template if it has none.

By llama.cpp's names: `clip.projector_type` of the mmproj file and `general.architecture` of the
language model. Dialects by GROUNDING_DIALECTS.md; a family that is not listed writes no boxes as
far as this program knows. Nothing is guessed from numbers.
"""

from __future__ import annotations

from engine.grounding.codec import DIALECTS

NO_BOXES = "plain"

_DIALECTS = {
    "qwen2vl_merger": "qwen2-vl",
    "qwen2.5vl_merger": "qwen2.5-vl",
    "qwen3vl_merger": "qwen3-vl",
    "internvl": "internvl",
    "cogvlm": "cogvlm",
    "gemma4v": "gemma",
    "gemma4uv": "gemma",
}

# What mtmd makes of a picture of these depends on where in the prompt it stands (lead_pad and
# image_idx in mtmd.cpp), so that it can't be computed once.
_UNFIT = frozenset(("deepseek4v", "hunyuanvl"))

# Families whose every chat model is made for ChatML, also where the file has no template.
_CHATML = frozenset(
    ("qwen2", "qwen2moe", "qwen2vl", "qwen3", "qwen3moe", "qwen3vl", "qwen3vlmoe")
)  # fmt: skip


def dialect_of(projector: str) -> str:
    """The name in DIALECTS of how models with this projector write boxes."""
    name = _DIALECTS.get(projector, NO_BOXES)
    return name if name in DIALECTS else NO_BOXES


def can_be_encoded_once(projector: str) -> bool:
    """Whether a picture's rows and positions are the same wherever it stands."""
    return projector not in _UNFIT


def template_without_one(architecture: str) -> str | None:
    """The program's own template for a model whose file has none; None where that is not known."""
    return "chatml" if architecture in _CHATML else None
