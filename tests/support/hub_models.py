"""What repositories on a hub hold, small: a language model with its projector, a Whisper, a bundle.

Each is a mapping of paths to contents, as `tests.support.hub_server` serves them.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.support.tiny_mtmd import write_qwen

MODEL, MMPROJ = "Owl-Q4_K_M.gguf", "mmproj-Owl-Q8_0.gguf"


def owl() -> dict[str, bytes]:
    """A model that sees, made as Qwen2.5-VL is, with its mmproj file."""
    with tempfile.TemporaryDirectory() as temporary:
        pair = write_qwen(Path(temporary))
        return {
            "README.md": b"# Owl",
            MODEL: pair.gguf.read_bytes(),
            MMPROJ: pair.mmproj.read_bytes(),
        }


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
