"""GGUF files written tensor by tensor; a base GGUF and a LoRA -> one of float16 weights.

The format: ggml's docs/gguf.md, by the `gguf` package. Matrices are float16, norms, biases and
other vectors float32, as llama.cpp's own converter has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from training.convert.checkpoint import Values
from training.convert.merge import Lora, check_lora
from training.convert.stream import Planned
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
FILE_TYPE_F16 = 1


def plan(writer: Any, tensors: Sequence[Planned]) -> None:
    """Tell a GGUFWriter what is to come."""
    from gguf import GGMLQuantizationType

    types = {4: GGMLQuantizationType.F32, 2: GGMLQuantizationType.F16}
    for tensor in tensors:
        kind = _kind(tensor)
        size = int(np.prod(tensor.shape)) * kind.itemsize
        writer.add_tensor_info(tensor.name, tensor.shape, kind, size, types[kind.itemsize])


def write_planned(writer: Any, tensors: Sequence[Planned], where: Path) -> None:
    """Everything the writer was told, then the tensors one after the other; closes the file.

    Raises ConversionError that names the tensor of `where` with a number that float16 can't hold.
    """
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in tensors:
            writer.write_tensor_data(tensor.as_kind(_kind(tensor), where))
    finally:
        writer.close()


def _kind(tensor: Planned) -> np.dtype[Any]:
    return np.dtype(np.float32 if len(tensor.shape) == 1 else np.float16)


def write_merged(base: Path, lora: Lora | None, target: Path) -> None:
    """Dequantize the base tensor by tensor, add the LoRA's change in float32, write float16.

    At most one tensor is in memory at full precision. Raises ConversionError where the base is no
    Llama, or the LoRA does not fit it.
    """
    from gguf import GGUFReader, GGUFWriter

    reader = GGUFReader(base)
    architecture = _value(reader, "general.architecture")
    if architecture != "llama":
        raise ConversionError(f"{base} is a {architecture!r}; only a Llama can be merged here.")
    tensors = list(_planned(reader, lora, base))
    writer = GGUFWriter(target, architecture)
    _copy_fields(reader, writer)
    writer.add_file_type(FILE_TYPE_F16)
    plan(writer, tensors)
    write_planned(writer, tensors, base)


def _planned(reader: Any, lora: Lora | None, base: Path) -> Iterator[Planned]:
    """Every tensor in the reader's order, as it is to be written."""
    heads = {
        "q_proj": int(_value(reader, "llama.attention.head_count")),
        "k_proj": int(_value(reader, "llama.attention.head_count_kv")),
    }
    shapes = {t.name: tuple(int(length) for length in reversed(t.shape)) for t in reader.tensors}
    keys = {
        name: (int(match[1]), _TENSORS[match[2]])
        for name in shapes
        if (match := _BLOCK.fullmatch(name)) and match[2] in _TENSORS
    }
    if lora is not None:
        check_lora(lora, {key: shapes[name] for name, key in keys.items()}, base)

    def values(tensor: Any) -> Values:
        from gguf import dequantize

        whole: Values = dequantize(tensor.data, tensor.tensor_type).reshape(shapes[tensor.name])
        key = keys.get(tensor.name)
        change = lora.change(*key) if lora and key else None
        if key is None or change is None:
            return whole
        # The file's rows are in llama.cpp's order already.
        return whole + (interleaved(change, heads[key[1]]) if key[1] in heads else change)

    for tensor in reader.tensors:
        yield Planned(tensor.name, shapes[tensor.name], partial(values, tensor))


def interleaved(weight: Values, heads: int) -> Values:
    """Rows of a query or key weight [heads * d, in] or bias [heads * d] in llama.cpp's order.

    transformers turns the first half of a head's numbers against the second; llama.cpp turns
    neighbours, so row i of the first half comes before row i of the second.
    """
    halves = weight.reshape(heads, 2, len(weight) // heads // 2, *weight.shape[1:])
    turned: Any = np.ascontiguousarray(halves.swapaxes(1, 2))
    return turned.reshape(weight.shape)  # type: ignore[no-any-return]


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
