from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from engine.llama.decoder import LlamaDecoder
from engine.seams import Run, TokenRun
from tests.support.tiny_language import KINDS, write_tiny_language
from training.convert.checkpoint import Checkpoint
from training.convert.language import write_language_model
from training.convert.verify import compare_answers, compare_tokenizers


def convert(folder: Path, **options: object) -> Path:
    target = folder.parent / f"{folder.name}.gguf"
    write_language_model(Checkpoint.open(folder), folder, target, **options)  # type: ignore[arg-type]
    return target


def prompts(count: int, vocabulary: int) -> list[list[Run]]:
    chance = random.Random("prompts")
    return [
        [TokenRun(tuple(chance.randrange(3, vocabulary) for _ in range(chance.randint(2, 40))))]
        for _ in range(count)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_transformers(tmp_path: Path, kind: str) -> None:
    model = write_tiny_language(tmp_path / kind, kind)
    decoder = LlamaDecoder(convert(tmp_path / kind), n_ctx=512, gpu=False, exact=True)
    try:
        asked = prompts(100, 260)
        found = compare_answers(model.eval(), decoder, asked, tokens=6)  # type: ignore[arg-type]
        assert found.share >= 0.99, found.differ
        with torch.no_grad():  # and they would not be for another model
            model.get_input_embeddings().weight += 0.3  # type: ignore[operator,union-attr]
        found = compare_answers(model, decoder, asked[:20], tokens=6)  # type: ignore[arg-type]
        assert found.share < 0.9
    finally:
        decoder.close()


@pytest.mark.parametrize("kind", KINDS)
def test_tokenizers_are_those_of_transformers(tmp_path: Path, kind: str) -> None:
    write_tiny_language(tmp_path / kind, kind)
    theirs = Tokenizer.from_file(str(tmp_path / kind / "tokenizer.json"))
    decoder = LlamaDecoder(convert(tmp_path / kind), n_ctx=512, gpu=False)
    try:
        found = compare_tokenizers(
            lambda text: list(theirs.encode(text, add_special_tokens=False).ids),
            lambda text: decoder.tokenize(text, special=True),
            count=1000,
            seed=0,
        )
        assert found.differ == ()
    finally:
        decoder.close()
