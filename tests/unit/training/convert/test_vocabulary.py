from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.tiny_tokenizer import pieces, write_bytes_tokenizer, write_sentencepiece
from training.convert.sentencepiece_reader import Kind, read_pieces
from training.convert.vocabulary import read_vocabulary
from training.errors import ConversionError

AUDIO = ("<au_patch>", "<au_start>", "<au_end>")


def test_pieces_are_read_with_their_scores_and_kinds(tmp_path: Path) -> None:
    write_sentencepiece(tmp_path)
    found = read_pieces(tmp_path / "tokenizer.model")
    assert [(piece.text, piece.score, int(piece.kind)) for piece in found] == pieces()


@pytest.mark.parametrize("cut", [1, 40, 700])
def test_a_model_that_is_cut_short_or_none_is_named(tmp_path: Path, cut: int) -> None:
    write_sentencepiece(tmp_path)
    path = tmp_path / "tokenizer.model"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ConversionError, match=r"tokenizer\.model"):
        read_pieces(path)
    for content in (b"", b"\xff" * 100, b"no model at all"):
        path.write_bytes(content)
        with pytest.raises(ConversionError, match=r"tokenizer\.model"):
            read_pieces(path)


def test_without_its_model_a_vocabulary_is_the_same_but_for_scores(tmp_path: Path) -> None:
    size = write_sentencepiece(tmp_path, added=AUDIO)
    whole = read_vocabulary(tmp_path, size)
    (tmp_path / "tokenizer.model").unlink()
    rest = read_vocabulary(tmp_path, size)
    assert rest.tokens == whole.tokens
    longer = [n for n, (text, *_) in enumerate(pieces()) if n > 258 and len(text) > 1]
    assert sorted(longer, key=lambda n: -rest.scores[n]) == longer  # merged in the same order


def test_tokens_of_the_models_own_code_come_last_or_where_they_are(tmp_path: Path) -> None:
    size = write_sentencepiece(tmp_path)
    found = read_vocabulary(tmp_path, size + 5, AUDIO)
    assert found.tokens[size:] == [*AUDIO, f"[PAD{size + 3}]", f"[PAD{size + 4}]"]
    assert found.kinds[size:] == [*[Kind.CONTROL] * 3, *[Kind.UNUSED] * 2]
    write_sentencepiece(tmp_path, added=("<pad>", *AUDIO))
    again = read_vocabulary(tmp_path, size + 4, AUDIO)
    assert again.tokens[size:] == ["<pad>", *AUDIO]
    assert set(again.kinds[size:]) == {Kind.CONTROL}
    with pytest.raises(ConversionError, match=r"'<au_end>' as token"):
        read_vocabulary(tmp_path, size + 3)


def test_a_token_that_was_added_and_is_no_mark_is_a_persons(tmp_path: Path) -> None:
    size = write_sentencepiece(tmp_path, fast=False, added=("two▁words", "<|mark|>"))
    found = read_vocabulary(tmp_path, size)
    assert found.tokens[-2:] == ["two words", "<|mark|>"]
    assert found.kinds[-2:] == [Kind.USER_DEFINED, Kind.CONTROL]


@pytest.mark.parametrize("cut", ["llama-bpe", "qwen2", "smollm"])
def test_how_text_is_cut_is_read_off_the_rules(tmp_path: Path, cut: str) -> None:
    size = write_bytes_tokenizer(tmp_path, cut)
    assert read_vocabulary(tmp_path, size).pre == cut
    rules = json.loads((tmp_path / "tokenizer.json").read_text())
    rules["pre_tokenizer"]["pretokenizers"].append(rules["pre_tokenizer"]["pretokenizers"][0])
    (tmp_path / "tokenizer.json").write_text(json.dumps(rules))
    with pytest.raises(ConversionError, match="rules that are not known here"):
        read_vocabulary(tmp_path, size)


def test_a_tokenizer_that_is_missing_or_another_ones_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="has no tokenizer"):
        read_vocabulary(tmp_path, 10)
    write_sentencepiece(tmp_path)
    with pytest.raises(ConversionError, match="tokens and the model 10"):
        read_vocabulary(tmp_path, 10)
    (tmp_path / "tokenizer.model").unlink()
    with pytest.raises(ConversionError, match="more tokens than the model"):
        read_vocabulary(tmp_path, 10)
    wrong: tuple[object, ...] = (
        {"model": {"type": "Unigram"}},
        {"model": {"type": "BPE"}},
        [],
        "no",
    )
    for rules in wrong:
        (tmp_path / "tokenizer.json").write_text(json.dumps(rules))
        with pytest.raises(ConversionError, match=r"tokenizer\.json"):
            read_vocabulary(tmp_path, 10)
