"""A Whisper out of CTranslate2's `model.bin`, into transformers.

The format, version 6, all little-endian; a string is a uint16 length (its closing zero counted)
and the bytes:

    uint32 version, string name of the specification, uint32 its revision
    uint32 count, then for each variable:
        string name, uint8 rank, uint32 each dimension, uint8 element type, uint32 bytes, data
    uint32 count, then for each alias: string name, string name of the variable it stands for
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.errors import ConversionError

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import WhisperForConditionalGeneration

VERSION = 6
ELEMENT_TYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}

Array = NDArray[np.generic]


@dataclass(slots=True)
class _Cursor:
    """Reads on through bytes; ConversionError where they end too early."""

    data: memoryview
    path: Path
    at: int = 0

    def bytes(self, count: int) -> memoryview:
        if self.at + count > len(self.data):
            raise ConversionError(f"{self.path} ends too early; fetch or copy it again.")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, kind: str) -> int:
        (value,) = struct.unpack(f"<{kind}", self.bytes(struct.calcsize(kind)))
        return int(value)

    def string(self) -> str:
        return bytes(self.bytes(self.number("H"))).rstrip(b"\0").decode()


def read_variables(path: Path) -> dict[str, Array]:
    """All variables by name, aliases included, as views of the file's bytes.

    Raises:
        ConversionError: the file is missing, cut short, of another version or element type.
    """
    try:
        cursor = _Cursor(memoryview(path.read_bytes()), path)
    except OSError as error:
        raise ConversionError(f"{path} can't be read: {error}") from error
    version = cursor.number("I")
    if version != VERSION:
        raise ConversionError(
            f"{path} is no CTranslate2 model of version {VERSION} (it begins with {version}); "
            "convert it again with a CTranslate2 of that version."
        )
    cursor.string()
    cursor.number("I")
    variables = dict(_variable(cursor) for _ in range(cursor.number("I")))
    for _ in range(cursor.number("I")):
        alias, name = cursor.string(), cursor.string()
        variables[alias] = variables[name]
    return variables


def _variable(cursor: _Cursor) -> tuple[str, Array]:
    name = cursor.string()
    shape = [cursor.number("I") for _ in range(cursor.number("B"))]
    kind = cursor.number("B")
    if kind not in ELEMENT_TYPES:
        raise ConversionError(
            f"{cursor.path}: {name} has element type {kind}; convert the model as float16."
        )
    data = cursor.bytes(cursor.number("I"))
    return name, np.frombuffer(data, dtype=ELEMENT_TYPES[kind]).reshape(shape)


def read_whisper(path: Path) -> WhisperForConditionalGeneration:
    """The Whisper of a `model.bin`, float32, with the special tokens of the English-only models.

    Raises:
        ConversionError: as `read_variables`, or the tensors are not those of a Whisper.
    """
    from transformers import WhisperForConditionalGeneration

    variables = read_variables(path)
    try:
        weights = dict(_renamed(variables))
        model = WhisperForConditionalGeneration(_config(variables))
        missing, unknown = model.load_state_dict(weights, strict=False)
    except (KeyError, ValueError, RuntimeError) as error:
        raise ConversionError(f"{path} holds another model than a Whisper: {error}") from error
    if unknown or missing != ["proj_out.weight"]:  # that one shares the embedding
        raise ConversionError(f"{path}: tensors missing {missing}, not known {unknown}.")
    model.tie_weights()
    return model.eval()


def _config(variables: dict[str, Array]) -> object:
    from transformers import WhisperConfig

    vocabulary, width = variables["decoder/embeddings/weight"].shape
    layers = [
        sum(name.startswith(side) and name.endswith("ffn/linear_0/bias") for name in variables)
        for side in ("encoder/", "decoder/")
    ]
    (wide,) = variables["encoder/layer_0/ffn/linear_0/bias"].shape
    end, start = 50256, 50257
    return WhisperConfig(
        vocab_size=vocabulary,
        num_mel_bins=variables["encoder/conv1/weight"].shape[1],
        d_model=width,
        encoder_layers=layers[0],
        decoder_layers=layers[1],
        encoder_attention_heads=int(variables["encoder/num_heads"]),
        decoder_attention_heads=int(variables["decoder/num_heads"]),
        encoder_ffn_dim=wide,
        decoder_ffn_dim=wide,
        max_source_positions=variables["encoder/position_encodings/encodings"].shape[0],
        max_target_positions=variables["decoder/position_encodings/encodings"].shape[0],
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        decoder_start_token_id=start,
    )


def _renamed(variables: dict[str, Array]) -> Iterator[tuple[str, Tensor]]:
    """Every weight under transformers' name; joined queries, keys and values are taken apart."""
    yield from _pair(variables, "encoder/conv1", "model.encoder.conv1")
    yield from _pair(variables, "encoder/conv2", "model.encoder.conv2")
    yield "model.decoder.embed_tokens.weight", _tensor(variables["decoder/embeddings/weight"])
    for side in ("encoder", "decoder"):
        positions = variables[f"{side}/position_encodings/encodings"]
        yield f"model.{side}.embed_positions.weight", _tensor(positions)
        yield from _norm(variables, f"{side}/layer_norm", f"model.{side}.layer_norm")
        layer = 0
        while f"{side}/layer_{layer}/ffn/linear_0/bias" in variables:
            yield from _layer(variables, f"{side}/layer_{layer}", f"model.{side}.layers.{layer}")
            layer += 1


def _layer(variables: dict[str, Array], source: str, target: str) -> Iterator[tuple[str, Tensor]]:
    yield from _norm(variables, f"{source}/ffn/layer_norm", f"{target}.final_layer_norm")
    yield from _pair(variables, f"{source}/ffn/linear_0", f"{target}.fc1")
    yield from _pair(variables, f"{source}/ffn/linear_1", f"{target}.fc2")
    own, own_target = f"{source}/self_attention", f"{target}.self_attn"
    yield from _norm(variables, f"{own}/layer_norm", f"{own_target}_layer_norm")
    yield from _split(variables, f"{own}/linear_0", own_target, "qkv")
    yield from _pair(variables, f"{own}/linear_1", f"{own_target}.out_proj")
    cross, cross_target = f"{source}/attention", f"{target}.encoder_attn"
    if f"{cross}/linear_0/weight" in variables:
        yield from _norm(variables, f"{cross}/layer_norm", f"{cross_target}_layer_norm")
        yield from _split(variables, f"{cross}/linear_0", cross_target, "q")
        yield from _split(variables, f"{cross}/linear_1", cross_target, "kv")
        yield from _pair(variables, f"{cross}/linear_2", f"{cross_target}.out_proj")


def _split(
    variables: dict[str, Array], source: str, target: str, letters: str
) -> Iterator[tuple[str, Tensor]]:
    """Rows stored joined, a block for each of `letters`. Keys have no bias (0 is stored)."""
    weights = np.split(variables[f"{source}/weight"], len(letters))
    biases = np.split(variables[f"{source}/bias"], len(letters))
    for letter, weight, bias in zip(letters, weights, biases, strict=True):
        yield f"{target}.{letter}_proj.weight", _tensor(weight)
        if letter != "k":
            yield f"{target}.{letter}_proj.bias", _tensor(bias)


def _pair(variables: dict[str, Array], source: str, target: str) -> Iterator[tuple[str, Tensor]]:
    for kind in ("weight", "bias"):
        yield f"{target}.{kind}", _tensor(variables[f"{source}/{kind}"])


def _norm(variables: dict[str, Array], source: str, target: str) -> Iterator[tuple[str, Tensor]]:
    for kind, greek in (("weight", "gamma"), ("bias", "beta")):
        yield f"{target}.{kind}", _tensor(variables[f"{source}/{greek}"])


def _tensor(values: Array) -> Tensor:
    import torch

    return torch.from_numpy(values.astype(np.float32))
