"""GGUF files that are sound and still end the process that runs them: refused before.

llama.cpp answers much of what does not fit with an error, and the rest with an assertion, which
ends the process. What is here was found by trying (its version 0.3.36 of the bindings), and is of
three kinds: numbers it asserts, types that its arithmetic does not have, vocabularies in which its
tokenizers look up what is not there. What is left is caught by the process itself, which is the
engine's own and never the window's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from engine.bundle.gguf import BOOL, FLOAT32, UINT32, Gguf, Length, damaged, read_gguf, read_texts

_MOST_LAYERS, _MOST_EXPERTS = 512, 1024  # llama-hparams.h
_SCALINGS = frozenset(("none", "linear", "yarn", "longrope"))
_TOKENIZERS = frozenset((
    "llama", "bert", "gpt2", "hybriddna", "whitespace", "t5", "rwkv", "plamo2", "gemma4",
))  # fmt: skip
_OF_BYTES = frozenset(("llama", "t5", "plamo2"))  # that spell an unknown letter in bytes
_TOKENS = "tokenizer.ggml.tokens"
_F32 = 0
_NO_ARITHMETIC = range(24, 29)  # whole numbers, and floats of eight bytes
_TABLES = "tid2eid"  # what is looked up and not computed with

_FLAGS = frozenset((
    "clip.has_vision_encoder", "clip.has_audio_encoder", "clip.has_gen_audio_encoder",
    "clip.use_gelu", "clip.use_silu",
))  # fmt: skip
# The last parts of the names of the numbers that clip.cpp reads; of any other type they end it.
_COUNTS = frozenset((
    "attention.head_count", "attention.head_count_kv", "attention.head_dim", "block_count",
    "chunk_size", "conv_kernel_size", "embedding_length", "feed_forward_length",
    "image_max_pixels", "image_min_pixels", "image_size", "local_block_count",
    "local_group_size", "max_pos_emb", "n_wa_pattern", "num_mel_bins", "patch_size",
    "preproc_image_size", "preproc_max_tiles", "preproc_min_tiles", "projection_dim",
    "projector.downsample_rate", "projector.head_count", "projector.query_side",
    "projector.scale_factor", "projector.stack_factor", "projector.window_side",
    "projector.window_size", "spatial_merge_size", "subsampling_factor", "window_size",
))  # fmt: skip
_SOME = ("attention.head_count", "block_count", "embedding_length", "projection_dim")
_ENCODERS = {"clip.vision.": "v.blk.", "clip.audio.": "a.blk."}
# Which side of a layer's matrix is as long as the encoder's rows: that it takes, or that it gives.
_TAKES = ("attn_q.weight", "attn_k.weight", "attn_v.weight", "attn_qkv.weight", "ffn_up.weight")
_GIVES = ("attn_out.weight", "ffn_down.weight")


def check_runnable(path: Path) -> None:
    """Raises BundleError where a language model's file would end the process that loads it."""
    found = read_gguf(path)
    for problem in (*_language_model(found), *_numbers(found), *_tensors(found)):
        raise damaged(path, problem)
    for problem in _vocabulary(path, found):
        raise damaged(path, problem)


def check_projector(path: Path) -> None:
    """Raises BundleError where an mmproj file would end the process that loads it."""
    found = read_gguf(path)
    for problem in (*_types(found), *_numbers(found), *_tensors(found), *_encoders(found)):
        raise damaged(path, problem)


def _language_model(found: Gguf) -> Iterator[str]:
    name = found.keys.get("general.architecture")

    def number(key: str, usual: int = 0) -> int | None:
        value = found.keys.get(f"{name}.{key}", usual)
        return None if isinstance(value, str | float | Length) else value

    layers = number("block_count", 1)
    if layers is not None and not 1 <= layers <= _MOST_LAYERS:
        yield f"it has {layers:,} layers"
    if layers is not None and (number("nextn_predict_layers") or 0) > layers:
        yield "more of its layers predict than there are"
    yield from _experts(
        number("expert_count") or 0,
        number("expert_used_count"),
        number("expert_group_count") or 0,
        number("expert_group_used_count") or 0,
    )
    scaling = found.keys.get(f"{name}.rope.scaling.type", "none")
    if scaling not in _SCALINGS:
        yield f"its positions are scaled by {scaling!r:.60}"


def _experts(count: int, used: int | None, groups: int, groups_used: int) -> Iterator[str]:
    fine = count <= _MOST_EXPERTS
    if used is not None:  # one number for all layers
        fine &= 0 < used <= count if count else used == 0
    if groups and (count or used is None):
        fine &= groups < count and count % groups == 0 and 0 < groups_used < groups
    if not fine:
        yield f"{used} of {count:,} experts in {groups} groups can't be"


def _numbers(found: Gguf) -> Iterator[str]:
    for key, value in found.keys.items():
        if isinstance(value, float):
            if not math.isfinite(value):
                yield f"`{key}` is {value}"
            elif value < 0 and "epsilon" in key:
                yield f"`{key}` is less than nothing"


def _tensors(found: Gguf) -> Iterator[str]:
    for name, tensor in found.tensors.items():
        if tensor.kind in _NO_ARITHMETIC and _TABLES not in name:
            yield f"{name!r} is of a type that is not computed with"
        elif len(tensor.shape) == 1 and tensor.kind != _F32:
            # llama.cpp's converter writes these as they are, whatever the file's type.
            yield f"{name!r} is not in float32"


def _vocabulary(path: Path, found: Gguf) -> Iterator[str]:
    kind = found.keys.get("tokenizer.ggml.model")
    if kind not in _TOKENIZERS:
        yield f"its tokenizer is {kind!r:.60}"
    tokens = read_texts(path, _TOKENS)
    known = {token for token in tokens if token}
    if len(known) != sum(map(bool, tokens)):
        yield "a token is in its vocabulary twice"
    if kind in _OF_BYTES:
        for byte in range(256):
            if b"<0x%02X>" % byte not in known and bytes([byte]) not in known:
                yield f"its vocabulary has no byte {byte}"


def _types(found: Gguf) -> Iterator[str]:
    for key, kind in found.kinds.items():
        prefix = next((prefix for prefix in _ENCODERS if key.startswith(prefix)), None)
        wanted = BOOL if key in _FLAGS else None
        if prefix is not None and key.removeprefix(prefix) in _COUNTS:
            wanted = UINT32
        elif key.endswith("epsilon"):
            wanted = FLOAT32
        if wanted not in (None, kind):
            yield f"`{key}` is of the wrong type"


def _encoders(found: Gguf) -> Iterator[str]:
    for prefix, layer in _ENCODERS.items():
        if not any(key.startswith(f"{prefix}embedding_length") for key in found.keys):
            continue
        for key in _SOME:
            if not found.keys.get(f"{prefix}{key}", 1):
                yield f"`{prefix}{key}` is 0"
        width = found.keys[f"{prefix}embedding_length"]
        heads = found.keys.get(f"{prefix}attention.head_count", 1)
        assert isinstance(width, int) and isinstance(heads, int)
        if f"{prefix}attention.head_dim" not in found.keys and width % max(1, heads):
            yield f"{heads} heads can't share rows of {width} numbers"
        yield from _layers(found, prefix, layer, width)
    side = found.keys.get("clip.vision.patch_size")
    rows = found.keys.get("clip.vision.embedding_length")
    first = found.tensors.get("v.patch_embd.weight")
    if side is not None and first is None:
        yield "its first layer is missing"
    sides = first.shape if first is not None else ()
    if len(sides) == 4 and (sides[0], *sides[2:]) != (rows, side, side):
        yield f"its first layer does not make rows of {rows} from patches of {side} pixels"


def _layers(found: Gguf, prefix: str, layer: str, width: int) -> Iterator[str]:
    even = f"{prefix}attention.head_dim" not in found.keys  # heads share the rows' width
    for name, tensor in found.tensors.items():
        if not name.startswith(layer):
            continue
        shape = tensor.shape
        fits = {
            _TAKES: len(shape) == 2 and shape[-1] == width,
            _GIVES: len(shape) == 2 and shape[0] == width,
            (".attn_out.weight",): shape == (width, width) or not even,
            (".ln1.weight", ".ln2.weight"): shape == (width,),
        }
        if any(name.endswith(names) and not fit for names, fit in fits.items()):
            yield f"{name!r} does not fit rows of {width} numbers"
        matrix = found.tensors.get(name.removesuffix("bias") + "weight")
        if name.endswith(".bias") and matrix is not None and shape != matrix.shape[:1]:
            yield f"{name!r} does not fit its matrix"
