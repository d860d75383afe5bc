"""What repositories on a hub hold, small: a language model with its projector, a Whisper, a bundle.

Each is a mapping of paths to contents, as `tests.support.hub_server` serves them.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from gguf import GGUFWriter

from tests.support.tiny_llama import N_EMBD, write_tiny_llama

MODEL, MMPROJ = "Owl-Q4_K_M.gguf", "mmproj-Owl-Q8_0.gguf"
_TEMPLATE = "{% for m in messages %}{{ m.content }}{% endfor %}"


def owl() -> dict[str, bytes]:
    """A language model with random weights and the header of an mmproj file that sees."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_tiny_llama(folder / MODEL, template=_TEMPLATE)
        writer = GGUFWriter(folder / MMPROJ, "clip")
        writer.add_string("clip.projector_type", "gemma3")
        writer.add_bool("clip.has_vision_encoder", True)
        writer.add_uint32("clip.vision.projection_dim", N_EMBD)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
        return {"README.md": b"# Owl", **contents(folder)}


def whisper(kind: str = "whisper") -> dict[str, bytes]:
    """The files of a checkpoint in transformers' form; its weights are no weights."""
    return {
        "config.json": json.dumps({"model_type": kind}).encode(),
        "generation_config.json": b"{}",
        "preprocessor_config.json": b"{}",
        "vocab.json": b"{}",
        "merges.txt": b"",
        "model.safetensors": bytes(5000),
        "pytorch_model.bin": bytes(6000),
        "README.md": b"# Whisper",
    }


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
