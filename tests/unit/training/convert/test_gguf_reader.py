from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from engine.llama.model import Model
from tests.support.tiny_llama import N_EMBD, write_tiny_llama
from training.convert.gguf_reader import read_language_model, read_tokenizer
from training.convert.verify import compare_tokenizers
from training.errors import ConversionError
from training.parts import PARTS, parts_folder

SMOLLM2 = parts_folder() / PARTS["language-model"].file


Tokenize = Callable[[str], list[int]]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_tiny_llama(path)
    return path


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Tokenize, Tokenize]]:
    """SmolLM2's tokenizer as transformers and as llama.cpp have it."""
    if not SMOLLM2.exists():
        pytest.skip("the language model's part is not fetched")
    yield from tokenizers_of(SMOLLM2)


def tokenizers_of(path: Path) -> Iterator[tuple[Tokenize, Tokenize]]:
    tokenizer, model = read_tokenizer(path), Model(path)
    yield (
        lambda text: list(tokenizer(text, add_special_tokens=False).input_ids),
        lambda text: model.tokenize(text, special=True),
    )
    model.close()


def test_the_model_is_read_at_full_precision(tiny: Path) -> None:
    model = read_language_model(tiny)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert model.config.hidden_size == N_EMBD
    assert not model.training


def test_tokenizers_agree_on_a_tiny_vocabulary(tiny: Path) -> None:
    for theirs, ours in tokenizers_of(tiny):
        assert compare_tokenizers(theirs, ours, count=1000, seed=0).differ == ()


def test_tokenizers_agree_on_ten_thousand_strings(both: tuple[Tokenize, Tokenize]) -> None:
    assert compare_tokenizers(*both, count=10_000, seed=0).differ == ()


@pytest.mark.parametrize(
    "text",
    [
        "\u1c89's",
        "\U00016d40a 1\U00016d70",
        "\U00042019's",
        "a\x04b",
        "\x13\x14the",
        "1\u00b2 \u0664",
    ],
)
def test_letters_and_bytes_that_the_two_programs_know_differently(
    text: str, both: tuple[Tokenize, Tokenize]
) -> None:
    """Letters newer than llama.cpp's tables, and bytes that SmolLM2 has no token for."""
    theirs, ours = both
    assert theirs(text) == ours(text)


@pytest.mark.parametrize("read", [read_language_model, read_tokenizer])
def test_what_is_no_gguf_is_named(tmp_path: Path, read: object) -> None:
    (tmp_path / "model.gguf").write_bytes(b"not a model at all, but long enough to be looked at")
    assert callable(read)
    for name in ("model.gguf", "missing.gguf"):
        with pytest.raises(ConversionError, match=name):
            read(tmp_path / name)
