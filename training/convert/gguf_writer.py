"""A base GGUF and a LoRA -> a GGUF of float16 weights, everything else copied as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from training.convert.merge import Floats, Lora
from training.errors import ConversionError

# transformers' names of a Llama's linear layers in llama.cpp's.
MODULES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
_TENSORS = {theirs: ours for ours, theirs in MODULES.items()}
_BLOCK = re.compile(r"blk\.(\d+)\.(\w+)\.weight")
# The writer puts its own in their place.
_NOT_COPIED = ("GGUF.", "general.architecture", "general.file_type", "general.quantization_version")
_FILE_TYPE_F16 = 1


def write_merged(base: Path, lora: Lora | None, target: Path) -> None:
    """Dequantize the base tensor by tensor, add the LoRA's change in float32, write float16.

    Norms and other vectors stay float32. At most one tensor is in memory at full precision. Raises
    ConversionError where the base is no Llama, or the LoRA does not fit it.
    """
    from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter

    reader = GGUFReader(base)
    architecture = _value(reader, "general.architecture")
    if architecture != "llama":
        raise ConversionError(f"{base} is a {architecture!r}; only a Llama can be merged here.")
    writer = GGUFWriter(target, architecture)
    _copy_fields(reader, writer)
    writer.add_file_type(_FILE_TYPE_F16)
    for tensor in reader.tensors:
        shape = [int(length) for length in reversed(tensor.shape)]
        kind = np.dtype(np.float32 if len(shape) == 1 else np.float16)
        writer.add_tensor_info(
            tensor.name,
            shape,
            kind,
            int(np.prod(shape)) * kind.itemsize,
            GGMLQuantizationType.F32 if len(shape) == 1 else GGMLQuantizationType.F16,
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    try:
        for values in _merged(reader, lora, base):
            writer.write_tensor_data(values)
    finally:
        writer.close()


def _merged(reader: Any, lora: Lora | None, base: Path) -> Iterator[Any]:
    """Every tensor in the reader's order, as it is to be written."""
    from gguf import dequantize

    heads = {
        "attn_q": int(_value(reader, "llama.attention.head_count")),
        "attn_k": int(_value(reader, "llama.attention.head_count_kv")),
    }
    left = set(lora.pairs) if lora else set()
    for tensor in reader.tensors:
        shape = tuple(int(length) for length in reversed(tensor.shape))
        values = dequantize(tensor.data, tensor.tensor_type).reshape(shape)
        match = _BLOCK.fullmatch(tensor.name)
        if lora is not None and match is not None and match[2] in _TENSORS:
            key = int(match[1]), _TENSORS[match[2]]
            change = lora.change(*key)
            if change is not None:
                left.discard(key)
                values = values + _fitting(
                    change, shape, heads.get(match[2]), f"{base}: {tensor.name}"
                )
        yield values.astype(np.float32 if values.ndim == 1 else np.float16)
    if left:
        layer, module = min(left)
        raise ConversionError(f"The LoRA changes layer {layer}, {module}, and {base} has none.")


def _fitting(change: Floats, shape: tuple[int, ...], heads: int | None, where: str) -> Floats:
    if change.shape != shape:
        raise ConversionError(f"{where} is {shape} and its LoRA {change.shape}; take its own base.")
    return change if heads is None else interleaved(change, heads)


def interleaved(weight: Floats, heads: int) -> Floats:
    """Rows of a query or key weight [heads * d, in] in llama.cpp's order.

    transformers turns the first half of a head's numbers against the second; llama.cpp turns
    neighbours, so row i of the first half comes before row i of the second.
    """
    rows, columns = weight.shape
    halves = weight.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(rows, columns)


def _copy_fields(reader: Any, writer: Any) -> None:
    from gguf import GGUFValueType

    for name, field in reader.fields.items():
        if name.startswith(_NOT_COPIED):
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), kind, inner)


def _value(reader: Any, name: str) -> Any:
    try:
        return reader.fields[name].contents()
    except KeyError:
        raise ConversionError(f"The GGUF does not say {name!r}; take another file.") from None
