"""Tokenizers of a few hundred tokens in the files that transformers' models come with."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.tiny_llama import MERGES, byte_letters

MARKS = ("<unk>", "<s>", "</s>")
WORDS = (
    "▁the", "▁[", "INST", "▁<", "Img", ">", "</", "▁what", "▁is", "▁this", "▁red", "▁dog", "▁cat",
    "SYS", "▁a", "▁on", "▁in", "▁image", "▁describe", "]", "▁", "▁▁", "vqa", "refer", "USER", "ing",
)  # fmt: skip
_CHARACTERS = (
    "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789[]<>/{}.,?!:'\"-中文字"
)
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6

_SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_SECOND = {"Sequence": {"id": "B", "type_id": 1}}
BYTES_MARKS = {
    "llama-bpe": ("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"),
    "qwen2": ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    "smollm": ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
}
_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
CUTS: dict[str, list[dict[str, Any]]] = {
    "llama-bpe": [
        {
            "type": "Split",
            "pattern": {"Regex": _SHORT + r"\p{N}{1,3}" + _REST},
            "behavior": "Isolated",
            "invert": False,
        },
        _BYTES,
    ],
    "qwen2": [
        {
            "type": "Split",
            "pattern": {"Regex": _SHORT + r"\p{N}" + _REST},
            "behavior": "Isolated",
            "invert": False,
        },
        _BYTES,
    ],
    "smollm": [{"type": "Digits", "individual_digits": True}, {**_BYTES, "use_regex": True}],
}


def pieces() -> list[tuple[str, float, int]]:
    """Text, score and kind as in Llama's own model: marks, bytes, words as they grow, letters."""
    found = [(mark, 0.0, _UNKNOWN if mark == "<unk>" else _CONTROL) for mark in MARKS]
    found += [(f"<0x{byte:02X}>", 0.0, _BYTE) for byte in range(256)]
    grown = [word[:end] for word in WORDS for end in range(2, len(word) + 1)]
    texts = [*dict.fromkeys(grown), *_CHARACTERS]
    return found + [(text, -float(rank), _NORMAL) for rank, text in enumerate(texts)]


def write_sentencepiece(
    folder: Path,
    *,
    model: bool = True,
    fast: bool = True,
    added: Sequence[str] = (),
    bos: bool = True,
    template: str | None = None,
) -> int:
    """`tokenizer.model`, `tokenizer.json` and their settings; how many tokens there are."""
    listed = pieces()
    if model:
        (folder / "tokenizer.model").write_bytes(_protobuf(listed))
    tokens = [text for text, *_ in listed]
    if fast:
        (folder / "tokenizer.json").write_text(json.dumps(_fast(tokens, added, bos=bos)))
    if added:
        later = {text: number for number, text in enumerate(added, start=len(tokens))}
        (folder / "added_tokens.json").write_text(json.dumps(later))
    settings: dict[str, Any] = {
        "tokenizer_class": "LlamaTokenizer",
        "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
        "add_bos_token": bos, "add_eos_token": False,
    }  # fmt: skip
    if template:
        settings["chat_template"] = template
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return len(tokens) + len(added)


def write_bytes_tokenizer(folder: Path, cut: str, *, more: Sequence[str] = ()) -> int:
    """A `tokenizer.json` of byte-level BPE with marks behind its vocabulary, as Llama 3 has it.

    `more` are further marks.
    """
    tokens = [*byte_letters(), *(merge.replace(" ", "") for merge in MERGES)]
    marks = (*BYTES_MARKS[cut], *more)
    first = {"SpecialToken": {"id": marks[0], "type_id": 0}}
    begin = {
        "type": "TemplateProcessing",
        "single": [first, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [first, {"Sequence": {"id": "A", "type_id": 0}}, first, _SECOND],
        "special_tokens": {marks[0]: {"id": marks[0], "ids": [len(tokens)], "tokens": [marks[0]]}},
    }
    rules = {
        "version": "1.0",
        "added_tokens": [_added(len(tokens) + n, mark) for n, mark in enumerate(marks)],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": CUTS[cut]},
        "post_processor": {"type": "Sequence", "processors": [_BYTES, begin]}
        if cut == "llama-bpe"
        else _BYTES,
        "decoder": _BYTES,
        "model": _bpe(tokens, [merge.split(" ") for merge in MERGES]),
    }
    (folder / "tokenizer.json").write_text(json.dumps(rules))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": marks[0], "eos_token": marks[2],
        "chat_template": "{{ messages[0]['content'] }}",
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return len(tokens) + len(marks)


def _fast(tokens: list[str], added: Sequence[str], *, bos: bool) -> dict[str, Any]:
    """The same tokenizer as transformers writes Llama's: every pair that makes a token merges."""
    known = set(tokens)
    merges = [
        [text[:cut], text[cut:]]
        for text, _, kind in pieces()
        if kind == _NORMAL
        for cut in range(1, len(text))
        if text[:cut] in known and text[cut:] in known
    ]
    marks = [*MARKS, *added]
    numbers = [tokens.index(m) if m in known else len(tokens) + added.index(m) for m in marks]
    start = [{"SpecialToken": {"id": "<s>", "type_id": 0}}] if bos else []
    sequence = [{"Sequence": {"id": "A", "type_id": 0}}]
    return {
        "version": "1.0",
        "added_tokens": [_added(n, mark) for n, mark in zip(numbers, marks, strict=True)],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [*start, *sequence],
            "pair": [*start, *sequence, *start, _SECOND],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {**_bpe(tokens, merges), "byte_fallback": True, "unk_token": "<unk>"},
    }


def _bpe(tokens: list[str], merges: list[list[str]]) -> dict[str, Any]:
    return {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
        "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": False,
        "ignore_merges": False, "vocab": {text: n for n, text in enumerate(tokens)},
        "merges": merges,
    }  # fmt: skip


def _added(number: int, text: str) -> dict[str, Any]:
    return {
        "id": number, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
        "normalized": False, "special": True,
    }  # fmt: skip


def _protobuf(listed: Sequence[tuple[str, float, int]]) -> bytes:
    """Field 1 of the model is a piece: its text, its score, its kind where that is not usual."""
    content = b""
    for text, score, kind in listed:
        data = text.encode()
        piece = b"\x0a" + _length(data) + data + b"\x15" + struct.pack("<f", score)
        piece += b"" if kind == _NORMAL else b"\x18" + bytes([kind])
        content += b"\x0a" + _length(piece) + piece
    # What a trainer and a normalizer were told is passed over.
    settings = b"\x18\x01\x2d\x00\x00\x80\x3f"
    return content + b"\x12" + _length(settings) + settings


def _length(data: bytes) -> bytes:
    return bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
