"""Which files of a repository a model needs; nothing else of it is downloaded, never a pickle."""

from __future__ import annotations

ALLOWED = (".gguf", ".safetensors", ".json", ".txt", ".model", ".jinja")
