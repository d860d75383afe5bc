"""The tokenizer of a model in transformers' form, as GGUF has it.

What stands in the file is what llama.cpp's own converter (conversion/base.py) writes: a
SentencePiece model from `tokenizer.model`, byte-level BPE from `tokenizer.json`, tokens that were
added later from both and from `added_tokens.json`. There are two differences. How byte-level BPE
cuts its text is read off the tokenizer's own rules instead of a list of known models. And where a
SentencePiece vocabulary has lost its `tokenizer.model`, the scores are taken from the order of the
merges in `tokenizer.json`, which is the order of the scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.convert.configuration import read_json
from training.convert.sentencepiece_reader import Kind, read_pieces
from training.errors import ConversionError

_ADDED_SCORE, _UNUSED_SCORE = -1000.0, -10000.0
_SPACE = "▁"  # a space, in SentencePiece's spelling
_BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")
# Tokens that are marks by their looks, though their files don't say so.
_MARK = re.compile(r"<\|.*\|>|<｜.*｜>|<unused.*>|<pad>|<mask>", re.DOTALL)
# How text is cut before bytes are merged -> llama.cpp's name for it. The first two are the models'
# own patterns; SmolLM2 cuts off every digit, GPT-2 has no rule besides its own.
_SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_CUTS = {
    (_SHORT + r"\p{N}{1,3}" + _REST,): "llama-bpe",
    (_SHORT + r"\p{N}" + _REST,): "qwen2",
    ("digits", "bytes"): "smollm",
    ("bytes",): "gpt-2",
}


@dataclass(slots=True)
class Vocabulary:
    """Tokens by their ids; `pre` is llama.cpp's name for how text is cut, `merges` tells BPE."""

    model: str
    pre: str
    tokens: list[str]
    kinds: list[Kind]
    scores: list[float] = field(default_factory=list)

    def put(self, token_id: int, text: str, *, special: bool, score: float = _ADDED_SCORE) -> None:
        """A token that was added to the first ones."""
        control = special or _MARK.fullmatch(text) is not None
        self.tokens[token_id] = text if control else text.replace(_SPACE, " ")
        self.kinds[token_id] = Kind.CONTROL if control else Kind.USER_DEFINED
        if self.scores:
            self.scores[token_id] = score


def read_vocabulary(folder: Path, size: int, extra: Sequence[str] = ()) -> Vocabulary:
    """The `size` tokens of the model in `folder`.

    `extra` are tokens that its code adds, each a mark: behind all others, where the folder's files
    don't have them yet. Raises ConversionError where there is no tokenizer or one of another kind.
    """
    pieces, fast = folder / "tokenizer.model", folder / "tokenizer.json"
    added = dict(_added(folder))
    if pieces.is_file():
        found = _of_pieces(pieces, size)
    elif fast.is_file():
        rules = read_json(fast)
        added |= {
            int(row["id"]): (str(row["content"]), bool(row["special"]))
            for row in rules.get("added_tokens", [])
        }
        found = _of_rules(fast, rules, size)
    else:
        raise ConversionError(
            f"{folder} has no tokenizer (tokenizer.model or tokenizer.json); "
            "take the model's whole folder."
        )
    _add_extra(found, added, extra)
    for token_id, (text, special) in added.items():
        if token_id >= size:
            raise ConversionError(
                f"{folder}: its tokenizer has {text!r} as token {token_id} and the model {size} "
                "tokens; take the tokenizer that belongs to it."
            )
        found.put(token_id, text, special=special)
    return found


def _add_extra(found: Vocabulary, added: dict[int, tuple[str, bool]], extra: Sequence[str]) -> None:
    """What `tokenizer.add_tokens(..., special_tokens=True)` of transformers makes of them."""
    places = {text: number for number, (text, _) in added.items()}
    last = max([n for n, kind in enumerate(found.kinds) if kind != Kind.UNUSED] + list(added))
    for text in extra:
        if text not in places:
            last += 1
            places[text] = last
        added[places[text]] = (text, True)


def add_vocabulary(writer: Any, folder: Path, vocabulary: Vocabulary) -> None:
    """Tell a GGUFWriter the tokens, and which are special, the merges and the chat template.

    The last three are read by the `gguf` package.
    """
    from gguf import SpecialVocab

    writer.add_tokenizer_model(vocabulary.model)
    writer.add_tokenizer_pre(vocabulary.pre)
    writer.add_token_list(vocabulary.tokens)
    if vocabulary.scores:
        writer.add_token_scores(vocabulary.scores)
    writer.add_token_types(vocabulary.kinds)
    merges = not vocabulary.scores
    special = SpecialVocab(folder, load_merges=merges, n_vocab=len(vocabulary.tokens))
    if merges:  # such a tokenizer adds nothing that its rules don't say
        special.add_special_token = {"bos": False, "eos": False, **special.add_special_token}
    special.add_to_gguf(writer, quiet=True)


def _empty(model: str, pre: str, size: int, *, scored: bool) -> Vocabulary:
    return Vocabulary(
        model,
        pre,
        [f"[PAD{number}]" for number in range(size)],
        [Kind.UNUSED] * size,
        [_UNUSED_SCORE] * size if scored else [],
    )


def _of_pieces(path: Path, size: int) -> Vocabulary:
    found = _empty("llama", "default", size, scored=True)
    pieces = read_pieces(path)
    if len(pieces) > size:
        raise ConversionError(
            f"{path} has {len(pieces)} tokens and the model {size}; take its own tokenizer."
        )
    for number, piece in enumerate(pieces):
        found.tokens[number] = piece.text
        found.scores[number] = piece.score
        # To llama.cpp, a piece that its maker defined is one like any other.
        kind = piece.kind
        found.kinds[number] = Kind.NORMAL if kind == Kind.USER_DEFINED else kind
    return found


def _of_rules(path: Path, rules: dict[str, Any], size: int) -> Vocabulary:
    """The tokens of a `tokenizer.json`, without the added ones."""
    try:
        model = rules["model"]
        if model["type"] != "BPE":
            raise ConversionError(f"{path}: {model['type']!r} is no tokenizer known here (BPE is).")
        byte_fallback, numbers = bool(model.get("byte_fallback")), dict(model["vocab"])
        merges = [m.split(" ") if isinstance(m, str) else m for m in model["merges"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConversionError(f"{path} is no tokenizer of transformers ({error!r}).") from error
    if max(numbers.values()) >= size:
        raise ConversionError(f"{path} has more tokens than the model, {size}; take its own.")
    if not byte_fallback:
        found = _empty("gpt2", _cuts(path, rules), size, scored=False)
    else:
        found = _empty("llama", "default", size, scored=True)
    ranks: dict[str, int] = {}
    for rank, (left, right) in enumerate(merges):
        ranks.setdefault(left + right, rank)
    for text, number in numbers.items():
        found.tokens[number] = text
        found.kinds[number] = Kind.NORMAL
        if byte_fallback:
            found.scores[number] = -float(ranks.get(text, 0))
            if _BYTE.fullmatch(text):
                found.kinds[number] = Kind.BYTE
            elif text == model.get("unk_token"):
                found.kinds[number] = Kind.UNKNOWN
    return found


def _cuts(path: Path, rules: dict[str, Any]) -> str:
    """llama.cpp's name for how a byte-level tokenizer cuts its text."""
    cutter = rules.get("pre_tokenizer") or {}
    steps = cutter.get("pretokenizers", [cutter])
    cuts = []
    for step in steps:
        match step.get("type"):
            case "Split":
                cuts.append(step["pattern"].get("Regex", ""))
            case "Digits" if step.get("individual_digits"):
                cuts.append("digits")
            case "ByteLevel" if step.get("use_regex", True):
                cuts.append("bytes")
    if tuple(cuts) not in _CUTS:
        raise ConversionError(
            f"{path} cuts text by rules that are not known here, {cuts}; known are those of "
            f"{', '.join(_CUTS.values())}."
        )
    return _CUTS[tuple(cuts)]


def _added(folder: Path) -> Iterator[tuple[int, tuple[str, bool]]]:
    """Tokens by the files beside the tokenizer: id, text, and whether it is special."""
    later, config = folder / "added_tokens.json", folder / "tokenizer_config.json"
    if later.is_file():
        for text, number in read_json(later).items():
            yield int(number), (text, False)
    if config.is_file():
        for number, row in read_json(config).get("added_tokens_decoder", {}).items():
            yield int(number), (str(row["content"]), bool(row.get("special")))
