"""What the headers of weight files say; the weights themselves are not read.

GGUF: by `engine.bundle.gguf`. safetensors: by its own library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from engine.bundle.gguf import GgufTensor, Length, Value, damaged, read_gguf, read_texts
from engine.errors import BundleError
from engine.files import open_plain

_CACHED = 2  # bytes of a number in the cache


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """Facts of a language model: `context` and `vocabulary` in tokens, 0 where it does not say.

    `cache_bytes_per_token` is what keys and values of one place of the context take over all
    layers, in float16; where layers differ in it, the most that it can be.
    """

    architecture: str
    n_embd: int
    context: int
    vocabulary: int
    cache_bytes_per_token: int = 0


def read_gguf_header(path: Path) -> GgufHeader:
    """The header of a language model's GGUF file. Raises BundleError as `read_gguf` does."""
    found = GgufFacts.read(path)
    name = found.text("general.architecture")
    if not name:
        raise damaged(path, "it does not say its architecture")
    return GgufHeader(
        architecture=name,
        n_embd=found.number(f"{name}.embedding_length"),
        context=found.number(f"{name}.context_length"),
        vocabulary=found.length("tokenizer.ggml.tokens"),
        cache_bytes_per_token=_cache_bytes(name, found),
    )


def read_gguf_tensor(path: Path, name: str) -> GgufTensor | None:
    """Where the tensor of that name lies; None where the file has none. Raises BundleError."""
    return read_gguf(path).tensors.get(name)


def read_gguf_texts(path: Path, name: str) -> tuple[str, ...]:
    """The array of texts of that name; empty where there is none. Raises BundleError."""
    return tuple(text.decode("utf-8", "replace") for text in read_texts(path, name))


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """What the GGUF at `path` says about itself; of arrays there is their length."""

    path: Path
    values: Mapping[str, Value]

    @classmethod
    def read(cls, path: Path) -> GgufFacts:
        """Raises BundleError as `read_gguf` does."""
        return cls(path, read_gguf(path).keys)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, usual: str = "") -> str:
        """A text, `usual` where there is none. Raises BundleError where it is something else."""
        value = self.values.get(key, usual)
        if not isinstance(value, str):
            raise damaged(self.path, f"`{key}` is no text")
        return value

    def number(self, key: str, usual: int = 0) -> int:
        """A whole number from 0 or a flag. Raises BundleError where it is something else."""
        value = self.values.get(key, usual)
        if not isinstance(value, int) or isinstance(value, Length) or value < 0:
            raise damaged(self.path, f"`{key}` is no number of something")
        return value

    def shared(self, key: str, usual: int) -> int:
        """A number that holds for all layers; `usual` also where each layer has its own."""
        return usual if isinstance(self.values.get(key), Length) else self.number(key, usual)

    def length(self, key: str) -> int:
        """Of an array; 0 where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, Length) else 0


def _cache_bytes(name: str, found: GgufFacts) -> int:
    heads = max(1, found.shared(f"{name}.attention.head_count", 1))
    width = found.number(f"{name}.embedding_length") // heads
    key = found.number(f"{name}.attention.key_length", width)
    value = found.number(f"{name}.attention.value_length", width)
    shared = min(heads, found.shared(f"{name}.attention.head_count_kv", heads))
    return _CACHED * shared * (key + value) * found.number(f"{name}.block_count")


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every tensor in a safetensors file. Raises BundleError where it is none."""
    try:
        open_plain(path).close()
        with safe_open(path, framework="numpy") as file:
            names = file.keys()
            return {name: tuple(file.get_slice(name).get_shape()) for name in names}
    except (SafetensorError, OSError) as error:
        raise BundleError(
            f"{path} is damaged or no safetensors file ({error}); install the bundle again."
        ) from error
