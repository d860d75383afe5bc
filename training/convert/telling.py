"""Whisper's own decoder, with words of the language model, and what `tell` has taught it -> the
adaptor that tells words.

The two vocabularies are of one family and spell most words alike; such a word has Whisper's own
embedding. One that Whisper lacks begins as the mean of the pieces that it has for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.models.telling import DecoderConfig, TellingAdaptor
from training.errors import ConversionError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import WhisperForConditionalGeneration

COMMON = 24_000
"""The tokenizer's first tokens are the commonest; words among them can be told though none was said
in training."""

_MARKS = ("<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>")
_SPACE = "Ġ"  # in the GPT-2 family's vocabularies
_WORD = re.compile(f"{_SPACE}?[a-z']+|{_SPACE}|[-,?]")

FURTHER = "further."
"""How the names of the adaptor's own layers begin, which Whisper lacks."""

Taught = Mapping[str, Tensor]
"""By name: tensors that were trained whole, LoRA's pairs of the decoder's, and `fresh` [m, d]."""


def further_layers(names: Iterable[str]) -> int:
    """How many layers of its own an adaptor has, by the names of what it was taught."""
    return len({name.split(".")[1] for name in names if name.startswith(FURTHER)})


@dataclass(frozen=True, slots=True)
class Tellable:
    """The words that can be told: tokens of the language model by id, and how they are spelled.

    Whisper lacks the last `fresh`.
    """

    tokens: list[int]
    spellings: list[str]
    fresh: int


def tellable(own: Mapping[str, int], whisper: Mapping[str, int], said: Iterable[int]) -> Tellable:
    """What was `said`, and the common words of the vocabulary `own` that Whisper's has too."""
    spelling = {token: text for text, token in own.items()}
    common = {
        i for text, i in own.items() if i < COMMON and text in whisper and _WORD.fullmatch(text)
    }
    shared = sorted(i for i in common | set(said) if spelling[i] in whisper)
    fresh = sorted(set(said) - set(shared))
    tokens = [*shared, *fresh]
    return Tellable(tokens, [spelling[token] for token in tokens], len(fresh))


def known_words(own: Mapping[str, int], tokens: list[int], fresh: int) -> Tellable:
    """The words of an adaptor that was trained. Raises ConversionError: another vocabulary's."""
    spelling = {token: text for text, token in own.items()}
    unknown = [token for token in tokens if token not in spelling]
    if unknown:
        raise ConversionError(
            f"The adaptor tells token {unknown[0]} and the language model has {len(own)}; it was "
            "trained with another one."
        )
    return Tellable(tokens, [spelling[token] for token in tokens], fresh)


def untaught(
    whisper: WhisperForConditionalGeneration,
    tokenizer: Tokenizer,
    words: Tellable,
    table: Tensor,
    *,
    further: int = 0,
) -> TellingAdaptor:
    """Whisper's decoder that tells `words`; `table` [words, n_embd] are their embeddings.

    `further` layers in front of it add nothing before they are taught. `tokenizer` is Whisper's.
    Raises ConversionError where it lacks its marks.
    """
    marks = {mark: tokenizer.token_to_id(mark) for mark in _MARKS}
    for mark, token in marks.items():
        if token is None:
            raise ConversionError(f"Whisper's tokenizer has no {mark}.")
    shared = len(words.tokens) - words.fresh
    pieces: list[list[Any]] = [[tokenizer.token_to_id(text)] for text in words.spellings[:shared]]
    pieces += [
        tokenizer.encode(text.replace(_SPACE, " "), add_special_tokens=False).ids
        for text in words.spellings[shared:]
    ]
    pieces += [[token] for token in marks.values()]
    config = DecoderConfig.of(whisper.config.to_dict())
    adaptor = TellingAdaptor(
        config, n_embd=table.shape[1], words=len(words.tokens), further=further
    )
    for layer in adaptor.further:
        for last in (layer.self_attn.out_proj, layer.fc2):  # type: ignore[union-attr]
            torch.nn.init.zeros_(last.weight)  # type: ignore[union-attr, arg-type]
            torch.nn.init.zeros_(last.bias)  # type: ignore[union-attr, arg-type]
    state = whisper.model.decoder.state_dict()
    embedded = state.pop("embed_tokens.weight")
    spoken = torch.stack([embedded[ids].mean(0) for ids in pieces])
    own = {"around": adaptor.around.data, "spoken": spoken, "table": table}
    adaptor.load_state_dict({**adaptor.state_dict(), **state, **own})
    return adaptor.eval()


def teach(adaptor: TellingAdaptor, taught: Taught) -> None:
    """Put what was trained into an untaught adaptor of the same words.

    Raises ConversionError where a tensor has no place.
    """
    state = adaptor.state_dict()
    changes: dict[str, Tensor] = {}
    for name, value in taught.items():
        if name == "fresh":
            changes["spoken"] = state["spoken"].clone()
            changes["spoken"][adaptor.words - len(value) : adaptor.words] = value
        elif name.endswith(".lora_A"):
            place = name.removesuffix(".lora_A")
            up = taught.get(f"{place}.lora_B")
            if up is None or f"{place}.weight" not in state:
                raise ConversionError(f"The adaptor has half a LoRA or none to change: {name}.")
            changes[f"{place}.weight"] = state[f"{place}.weight"] + up @ value
        elif not name.endswith(".lora_B"):
            changes[name] = value
    lost = sorted(set(changes) - set(state))
    if lost:
        raise ConversionError(f"{lost[0]!r} belongs to no adaptor that tells words.")
    adaptor.load_state_dict({**state, **changes})
