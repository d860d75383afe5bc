"""Encoder frames of spoken sentences, kept in shards: the encoder is frozen and dear, so it hears
each sentence once.

    frames-00012.safetensors
        frames   float16 [n, d_audio]    all windows one behind the other
        windows  int32 [w, 4]            utterance, frames, first row that counts, rows that count
        (metadata) texts                 a JSON list: what each utterance says, as it is heard
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.media.audio import Samples
from training.errors import DataError

UTTERANCES = 256  # in a shard: some 35 MB
_KEPT = 6


@dataclass(frozen=True, slots=True, eq=False)
class HeardWindow:
    """A window's encoder frames [n, d_audio], and which of its rows are those of its block."""

    frames: Tensor
    first: int
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class HeardUtterance:
    """What was said, and the windows in which it is heard."""

    text: str
    windows: tuple[HeardWindow, ...]


Listen = Callable[[Samples], Sequence[HeardWindow]]
Speak = Callable[[int], tuple[str, Samples]]


def shard_path(folder: Path, number: int) -> Path:
    return folder / f"frames-{number:05d}.safetensors"


def write_shard(folder: Path, number: int, speak: Speak, listen: Listen) -> Path:
    """Shard `number`, of the utterances from number * UTTERANCES on; appears whole."""
    frames: list[Tensor] = []
    windows: list[list[int]] = []
    texts: list[str] = []
    for place in range(UTTERANCES):
        text, samples = speak(number * UTTERANCES + place)
        for window in listen(samples):
            frames.append(window.frames.half())
            windows.append([place, len(window.frames), window.first, window.rows])
        texts.append(text)
    path = shard_path(folder, number)
    draft = path.with_suffix(".part")
    tensors = {"frames": torch.cat(frames), "windows": torch.tensor(windows, dtype=torch.int32)}
    save_file(tensors, draft, metadata={"texts": json.dumps(texts)})
    draft.replace(path)
    return path


@lru_cache(maxsize=_KEPT)
def shard(path: Path) -> tuple[HeardUtterance, ...]:
    """The utterances of a shard, the newest few kept in memory."""
    return tuple(read_shard(path))


def read_texts(path: Path) -> list[str]:
    """What the utterances of a shard say. Raises DataError where it can't be read."""
    with _opened(path) as file:
        texts: list[str] = json.loads(file.metadata()["texts"])
    return texts


def read_shard(path: Path) -> Iterator[HeardUtterance]:
    """The utterances of a shard. Raises DataError where it can't be read."""
    texts = read_texts(path)
    with _opened(path) as file:
        frames, windows = file.get_tensor("frames"), file.get_tensor("windows").tolist()
    heard: list[list[HeardWindow]] = [[] for _ in texts]
    at = 0
    for utterance, length, first, rows in windows:
        heard[utterance].append(HeardWindow(frames[at : at + length], first, rows))
        at += length
    for text, own in zip(texts, heard, strict=True):
        yield HeardUtterance(text, tuple(own))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, "pt") as file:
            yield file
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise DataError(
            f"{path}: no shard of speech ({error}); delete it and make it anew"
        ) from error
