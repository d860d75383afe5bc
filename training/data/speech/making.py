"""The command `frames`: sentences said, heard by the frozen encoder, and kept in shards."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from engine.media.audio import Samples
from engine.models.vision import device_and_dtype
from engine.types import Device
from training.convert.gguf_reader import read_tokenizer
from training.data.speech.listening import Listener, whisper_encoder
from training.data.speech.maker import spoken
from training.data.speech.sentences import SHARES, Sentences, heard_as
from training.data.speech.shards import shard_path, write_shard
from training.errors import DataError
from training.parts import fetch

COMMON = 12_000  # the tokenizer's first tokens are the commonest; words among them are all said
_APART = 10**7
_WORD = re.compile("Ġ[a-z]{2,}")  # "Ġ": a space in the GPT-2 family's vocabularies


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesConfig:
    """Shards that are there already are kept; `shares` of each kind of sentence are for the others.

    `workers` processes with one thread each; `device` is where the encoder runs.
    """

    out: Path
    shards: int
    photos: Path
    sprites: Path | None = None
    answers: Path | None = None
    shares: dict[str, float] = field(default_factory=lambda: dict(SHARES))
    workers: int = 2
    device: Device = "auto"


def main(config: FramesConfig) -> None:
    """Make what is missing of the shards."""
    config.out.mkdir(parents=True, exist_ok=True)
    missing = [n for n in range(config.shards) if not shard_path(config.out, n).exists()]
    # Not by a fork: a process that comes of one can't use a GPU.
    with ProcessPoolExecutor(config.workers, get_context("spawn")) as pool:
        for path in pool.map(partial(_make, config), missing):
            print(path, file=sys.stderr)


def _make(config: FramesConfig, number: int) -> Path:
    if config.out not in _opened:
        _opened[config.out] = _tools(config)
    sentences, listener = _opened[config.out]
    return write_shard(config.out, number, partial(_say, sentences), listener)


_opened: dict[Path, tuple[Sentences, Listener]] = {}  # once in each process


def _tools(config: FramesConfig) -> tuple[Sentences, Listener]:
    import torch

    torch.set_num_threads(1)
    sentences = Sentences.open(
        sprites=config.sprites,
        photos=config.photos,
        answers=config.answers,
        shares=config.shares,
        vocabulary=common_words(read_tokenizer(fetch("language-model")).get_vocab()),
    )
    device, dtype = device_and_dtype(config.device)
    return sentences, Listener(whisper_encoder().to(device), dtype=dtype)


def common_words(vocabulary: dict[str, int]) -> list[str]:
    """The whole words among a tokenizer's commonest tokens, the commonest first."""
    ordered = sorted(vocabulary.items(), key=lambda entry: entry[1])
    return [token[1:] for token, i in ordered if i < COMMON and _WORD.fullmatch(token)]


def _say(sentences: Sentences, number: int) -> tuple[str, Samples]:
    """Utterance `number`; where a voice can't say its sentence, it says another."""
    for turn in range(10):
        text = sentences.sentence(number + turn * _APART)
        try:
            return heard_as(text), spoken(text, number)[0]
        except DataError as error:
            refused = error
    raise refused
