"""An edition: the trained parts as they are kept in the repository, and the facts of the model.

    edition.json              base, quantization, LoRA's rank and alpha, and the coming manifest
    vision_config.json        the encoder and the classes of its region head
    vision*.safetensors       encoder.*, regions.*
    projector*.safetensors    patches.*, regions.*
    lora*.safetensors         layers.<n>.<module>.lora_A, .lora_B
    adaptor*.safetensors      what is trained of the adaptor, where the model hears
    heard_tokens.json         the tokens that it can hear
    evaluation.json, README.md

Weights are float16 and no file is larger than 16 MiB, so a large one comes in numbered pieces.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from engine.bundle import Manifest
from engine.plain import PlainError, from_plain
from training.convert.merge import LoraFacts
from training.errors import ConversionError

FACTS_NAME = "edition.json"
VISION_CONFIG_NAME = "vision_config.json"
MAX_FILE_BYTES = 16 * 2**20
MAX_EDITION_BYTES = 40 * 2**20
_HEADER_ROOM = 64 * 1024  # a safetensors file's own header

Tensors = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """`base` is a row of `training.parts`, and so is `ears`, a speech encoder; `quantization` is
    one of llama.cpp's, `manifest` is the bundle's without its files."""

    base: str
    quantization: str
    manifest: Manifest
    lora: LoraFacts | None = None
    ears: str | None = None


def read_edition(folder: Path) -> Edition:
    """The facts of the edition in `folder`. Raises ConversionError naming the file and the key."""
    path = folder / FACTS_NAME
    try:
        return from_plain(Edition, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConversionError(
            f"{folder} holds no trained parts: it has no {FACTS_NAME}; export a run there first."
        ) from None
    except (OSError, ValueError, PlainError) as error:
        raise ConversionError(f"{path} can't be used: {error}.") from error


def save_edition(folder: Path, edition: Edition) -> None:
    """Write `edition.json`."""
    facts = dataclasses.asdict(edition)
    del facts["manifest"]["files"]
    text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    (folder / FACTS_NAME).write_text(text, encoding="utf-8")


def pieces(folder: Path, name: str) -> list[Path]:
    """The files of one set of weights ("vision"): one file, or its numbered pieces in order."""
    return sorted([*folder.glob(f"{name}.safetensors"), *folder.glob(f"{name}-[0-9]*.safetensors")])


def read_weights(folder: Path, name: str) -> Tensors:
    """All tensors of a set of weights. Raises ConversionError: there is none, or it is damaged."""
    files = pieces(folder, name)
    if not files:
        raise ConversionError(f"{folder} holds no {name}.safetensors; export a run there first.")
    tensors: Tensors = {}
    for path in files:
        try:
            tensors |= load_file(path)
        except (OSError, SafetensorError) as error:
            raise ConversionError(f"{path} can't be read as safetensors: {error}") from error
    return tensors


def write_weights(folder: Path, name: str, tensors: Mapping[str, NDArray[np.generic]]) -> None:
    """Write tensors as float16, in as many pieces as `MAX_FILE_BYTES` asks for.

    Raises ConversionError for a number that float16 can't hold, and a tensor larger than a file.
    """
    halves = {key: _half(values, f"{name}: {key}") for key, values in tensors.items()}
    for old in pieces(folder, name):
        old.unlink()
    groups = list(_groups(halves))
    if len(groups) == 1:
        save_file(groups[0], folder / f"{name}.safetensors")
        return
    for number, group in enumerate(groups, start=1):
        save_file(group, folder / f"{name}-{number:02d}.safetensors")


def check_size(folder: Path) -> int:
    """The edition's size in bytes. Raises ConversionError where it is over `MAX_EDITION_BYTES`."""
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    if size > MAX_EDITION_BYTES:
        raise ConversionError(
            f"{folder} has {size / 2**20:.1f} MiB and an edition may have "
            f"{MAX_EDITION_BYTES // 2**20}; train with a smaller LoRA rank."
        )
    return size


def _half(values: NDArray[np.generic], where: str) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        half = np.ascontiguousarray(values.astype(np.float16))
    if not np.isfinite(half).all():
        raise ConversionError(f"{where} has numbers that float16 can't hold; was the run stable?")
    return half


def _groups(tensors: Mapping[str, NDArray[np.float16]]) -> Iterator[dict[str, Any]]:
    group: dict[str, Any] = {}
    size = 0
    for name, values in tensors.items():
        if values.nbytes > MAX_FILE_BYTES - _HEADER_ROOM:
            raise ConversionError(f"{name} alone has {values.nbytes:,} bytes, too many for a file.")
        if size + values.nbytes > MAX_FILE_BYTES - _HEADER_ROOM:
            yield group
            group, size = {}, 0
        group[name] = values
        size += values.nbytes
    yield group
