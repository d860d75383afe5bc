"""The ears that tell words, as they are trained: the command `tell`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from engine.models.telling import TellingAdaptor
from training.convert.ct2_reader import read_whisper
from training.convert.gguf_reader import read_language_model, read_tokenizer
from training.convert.telling import (
    FURTHER,
    Tellable,
    further_layers,
    known_words,
    teach,
    tellable,
    untaught,
)
from training.data.speech.effects import noise_alone
from training.data.speech.listening import SPEECH, Listener, whisper_encoder
from training.data.speech.shards import HeardUtterance, read_texts, shard_path
from training.errors import DataError
from training.loop import train
from training.parts import fetch
from training.steps.tell import Pupil, TellConfig, TellStage

_QUIET = 128  # recordings of noises

DECODERS = r"layers\..*(q_proj|k_proj|v_proj|out_proj|fc1|fc2)"
"""The decoder's linear layers, as peft looks for them."""


def train_tell(config: TellConfig) -> bool:
    """The command `tell`: a slice of the adaptor's training; its result so far is kept."""
    tokenizer = read_tokenizer(fetch("language-model"))
    encode = partial(tokenizer.encode, add_special_tokens=False)
    paths = [shard_path(config.frames, number) for number in range(config.shards)]
    said = {token for path in paths for text in read_texts(path) for token in encode(f" {text}")}
    if config.start is not None:
        said |= set(_kept(config.start)["tokens"].tolist())
    whisper = Tokenizer.from_file(str(fetch("speech-tokenizer")))
    words = tellable(tokenizer.get_vocab(), whisper.get_vocab(), said)
    torch.manual_seed(0)
    pupil = new_pupil(_untaught(words, config.further), words.fresh, rank=config.rank)
    if config.start is not None:
        load_pupil(pupil, words.tokens, config.start)
        pupil.begin_here()
    stage = TellStage(
        config,
        pupil,
        columns={token: column for column, token in enumerate(words.tokens)},
        tokenize=encode,
        join=SPEECH.adaptor.join,
        quiet=_nobody_speaks(),
    )
    done = train(stage, config.loop, config.out)
    way = pupil.part_of_the_way(config.share, config.onward)
    save_taught(way, words.tokens, config.out)
    return done


def read_telling(folder: Path) -> TellingAdaptor:
    """The adaptor as a run of `tell` left it."""
    weights = _kept(folder)
    tokens = weights.pop("tokens").tolist()
    own = read_tokenizer(fetch("language-model")).get_vocab()
    adaptor = _untaught(known_words(own, tokens, len(weights["fresh"])), further_layers(weights))
    teach(adaptor, weights)
    adaptor.sharpness = SPEECH.adaptor.sharpness
    return adaptor


def new_pupil(adaptor: TellingAdaptor, fresh: int, *, rank: int) -> Pupil:
    """LoRA on the decoder's linear layers; norms, marks, fresh words and what Whisper lacks are
    trained whole."""
    settings = LoraConfig(r=rank, lora_alpha=rank, target_modules=DECODERS)
    inject_adapter_in_model(settings, adaptor)
    for name, parameter in adaptor.named_parameters():
        own = name == "around" or name.startswith(FURTHER)
        parameter.requires_grad_(own or "lora_" in name or "norm" in name)
    return Pupil(adaptor, fresh)


def save_taught(taught: Mapping[str, Tensor], tokens: Sequence[int], folder: Path) -> None:
    """`adaptor.safetensors`: what a pupil has learned, `tokens` int32 [words] to be told."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().float().cpu().contiguous() for name, value in taught.items()}
    save_file(
        {**weights, "tokens": torch.tensor(tokens, dtype=torch.int32)},
        folder / "adaptor.safetensors",
    )


def load_pupil(pupil: Pupil, tokens: Sequence[int], folder: Path) -> None:
    """What `save_taught` kept; fresh words that it does not have stay as they are.

    Raises DataError where it is that of another `rank` or of other `further` layers.
    """
    weights = _kept(folder)
    fresh = weights.pop("fresh")
    kept = weights.pop("tokens").tolist()
    at = {token: row for row, token in enumerate(kept[len(kept) - len(fresh) :])}
    taught = {name: value for name, value in pupil.taught().items() if name != "fresh"}
    for name in sorted(taught.keys() | weights.keys()):
        here, there = (tuple(w[name].shape) if name in w else None for w in (taught, weights))
        if here != there:
            raise DataError(
                f"{folder}: `{name}` is {there} there and {here} here; give the `rank` and the "
                "`further` layers that it was trained with."
            )
    with torch.no_grad():
        for name, value in taught.items():
            value.copy_(weights[name])
        for row, token in enumerate(tokens[len(tokens) - len(pupil.fresh) :]):
            if token in at:
                pupil.fresh[row] = fresh[at[token]]


def _nobody_speaks() -> list[HeardUtterance]:
    listener = Listener(whisper_encoder())
    rng = np.random.default_rng(0)
    return [HeardUtterance("", tuple(listener(noise_alone(rng)))) for _ in range(_QUIET)]


def _untaught(words: Tellable, further: int) -> TellingAdaptor:
    table = read_language_model(fetch("language-model")).get_input_embeddings().weight.detach()
    tokenizer = Tokenizer.from_file(str(fetch("speech-tokenizer")))
    whisper = read_whisper(fetch("speech-encoder"))
    return untaught(whisper, tokenizer, words, table[words.tokens], further=further)


def _kept(folder: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(folder / "adaptor.safetensors")
    return weights
