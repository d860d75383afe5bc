"""The ears as they are trained: the commands that teach the adaptor to hear words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.models.adaptor import WordsAdaptor, build_adaptor
from training.convert.gguf_reader import read_language_model, read_tokenizer
from training.data.speech.listening import WORDS, Listener, Speaker, whisper_encoder
from training.data.speech.shards import read_shard, read_texts, shard_path
from training.loop import train
from training.parts import fetch
from training.steps.listen import ListenConfig, ListenStage
from training.telling import read_telling

RARE = 2  # a token that occurs less often in what is said can't be learned

Encode = Callable[[str], list[int]]


def train_listen(config: ListenConfig) -> bool:
    """The command `listen`: a slice of the adaptor's first stage; its result so far is kept."""
    tokenizer = read_tokenizer(fetch("language-model"))
    table = read_language_model(fetch("language-model")).get_input_embeddings().weight.detach()
    encode = partial(tokenizer.encode, add_special_tokens=False)
    paths = [shard_path(config.frames, number) for number in range(config.shards)]
    torch.manual_seed(0)
    tokens = tokens_said([text for path in paths for text in read_texts(path)], encode)
    d_audio = next(read_shard(paths[0])).windows[0].frames.shape[1]
    adaptor = new_adaptor(d_audio, table[tokens])
    if config.start is not None:
        load_adaptor(adaptor, config.start)
    stage = ListenStage(
        config,
        adaptor,
        columns={token: column for column, token in enumerate(tokens)},
        tokenize=encode,
    )
    done = train(stage, config.loop, config.out)
    save_adaptor(adaptor, tokens, config.out)
    return done


def tokens_said(texts: Sequence[str], encode: Encode) -> list[int]:
    """The tokens that occur in what is said, in order, without the rarest."""
    count = Counter(i for text in texts for i in encode(f" {text}"))
    return sorted(i for i, times in count.items() if times >= RARE)


def new_adaptor(d_audio: int, table: Tensor) -> WordsAdaptor:
    """An adaptor whose words are the rows of `table` [words, n_embd]."""
    n_words, n_embd = table.shape
    adaptor = build_adaptor(WORDS, d_audio=d_audio, n_embd=n_embd, words=n_words)
    assert isinstance(adaptor, WordsAdaptor)
    adaptor.table.copy_(table)
    return adaptor


def load_speaker(folder: Path) -> Speaker:
    """Voices, and the ears as a run of `tell` or of `listen` left them."""
    table = read_language_model(fetch("language-model")).get_input_embeddings().weight.detach()
    encoder = whisper_encoder()
    kept = load_file(folder / "adaptor.safetensors")
    if "fresh" in kept:
        return Speaker(Listener(encoder), read_telling(folder))
    adaptor = new_adaptor(encoder.config.d_model, table[kept["tokens"].tolist()])
    load_adaptor(adaptor, folder)
    return Speaker(Listener(encoder), adaptor.eval())


def save_adaptor(adaptor: WordsAdaptor, tokens: Sequence[int], folder: Path) -> None:
    """`adaptor.safetensors`: the weights, and `tokens` int32 [words] for their embeddings."""
    weights = {
        name: value.detach().float().contiguous().cpu()
        for name, value in adaptor.state_dict().items()
        if name != "table"
    }
    tokens_kept = torch.tensor(tokens, dtype=torch.int32)
    save_file({**weights, "tokens": tokens_kept}, folder / "adaptor.safetensors")


def load_adaptor(adaptor: WordsAdaptor, folder: Path) -> None:
    """What `save_adaptor` kept; its weights don't depend on which tokens can be heard."""
    weights = load_file(folder / "adaptor.safetensors")
    del weights["tokens"]
    adaptor.load_state_dict(weights | {"table": adaptor.table})
