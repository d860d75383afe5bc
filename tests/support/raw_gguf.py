"""GGUF files put together byte by byte, so that they can say what no converter would write."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gguf import GGUFReader

NUMBERS = {
    "u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i", "f32": "f", "bool": "?",
    "u64": "Q", "i64": "q", "f64": "d",
}  # fmt: skip
KINDS = {
    "u8": 0, "i8": 1, "u16": 2, "i16": 3, "u32": 4, "i32": 5, "f32": 6, "bool": 7, "str": 8,
    "arr": 9, "u64": 10, "i64": 11, "f64": 12,
}  # fmt: skip
F32, I32, F64, Q8_0 = 0, 26, 28, 8
STEP = 32


@dataclass(frozen=True, slots=True)
class Tensor:
    """`shape` as in the file, the length of a row first; `offset` None is where it belongs."""

    shape: tuple[int, ...] = (8,)
    kind: int = F32
    data: bytes = b"\0" * 32
    offset: int | None = None


Key = tuple[str, str, object]
"""Name, kind (a list of "u32" is "[u32"), value."""


def raw_gguf(
    keys: Iterable[Key] = (),
    tensors: Iterable[tuple[str, Tensor]] = (),
    *,
    version: int = 3,
    n_keys: int | None = None,
    n_tensors: int | None = None,
    step: int = STEP,
) -> bytes:
    """The file. `n_keys` and `n_tensors` are what it says that there are, if not the truth."""
    written, listed = list(keys), list(tensors)
    head = b"GGUF" + struct.pack("<I", version)
    head += struct.pack("<Q", len(listed) if n_tensors is None else n_tensors)
    head += struct.pack("<Q", len(written) if n_keys is None else n_keys)
    head += b"".join(text(name) + value(kind, given) for name, kind, given in written)
    data = b""
    for name, tensor in listed:
        offset = len(data) if tensor.offset is None else tensor.offset
        head += text(name) + struct.pack("<I", len(tensor.shape))
        head += struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape)
        head += struct.pack("<IQ", tensor.kind, offset)
        data += padded(tensor.data, step)
    return padded(head, step) + data


def text(content: str | bytes) -> bytes:
    """A string: its length, its bytes."""
    raw = content if isinstance(content, bytes) else content.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(kind: str, given: object) -> bytes:
    """A value with its type in front."""
    if kind.startswith("["):
        assert isinstance(given, list)
        head = struct.pack("<IIQ", KINDS["arr"], KINDS[kind[1:]], len(given))
        return head + b"".join(_bare(kind[1:], item) for item in given)
    return struct.pack("<I", KINDS[kind]) + _bare(kind, given)


def padded(content: bytes, step: int) -> bytes:
    """Filled up to a multiple of `step`."""
    return content + b"\0" * (-len(content) % step)


def taken_apart(path: Path) -> tuple[dict[str, tuple[str, object]], dict[str, Tensor]]:
    """Keys and tensors of a sound file, to be put together differently."""
    reader = GGUFReader(path)
    names = {number: kind for kind, number in KINDS.items()}
    keys: dict[str, tuple[str, object]] = {}
    for field in reader.fields.values():
        if field.name.startswith("GGUF."):
            continue
        kinds = [names[int(kind)] for kind in field.types]
        if kinds[0] == "arr":
            items = [field.contents(number) for number in range(len(field.data))]
            keys[field.name] = (f"[{kinds[1]}", items)
        else:
            keys[field.name] = (kinds[0], field.contents())
    tensors = {
        tensor.name: Tensor(
            tuple(int(side) for side in tensor.shape),
            int(tensor.tensor_type),
            tensor.data.tobytes(),
        )
        for tensor in reader.tensors
    }
    return keys, tensors


def put_together(keys: Mapping[str, tuple[str, object]], tensors: Mapping[str, Tensor]) -> bytes:
    """What `taken_apart` gave, or something else of its form, as a file."""
    return raw_gguf(((name, *key) for name, key in keys.items()), tensors.items())


def _bare(kind: str, given: object) -> bytes:
    if kind == "str":
        assert isinstance(given, str | bytes)
        return text(given)
    return struct.pack(f"<{NUMBERS[kind]}", given)
