from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.llama.decoder import LlamaDecoder
from engine.seams import RowRun, Run, TokenRun
from tests.support.tiny_edition import keep_tiny_base, write_tiny_edition, write_tiny_lora
from tests.support.tiny_llama import CONTEXT, N_EMBD
from training.convert import verify as verifying
from training.convert.bundle import BuildConfig, build
from training.convert.verify import (
    VerifyConfig,
    compare_answers,
    compare_tokenizers,
    main,
    random_strings,
    trained_model,
    verify,
)
from training.errors import ConversionError


@pytest.fixture
def edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    keep_tiny_base(tmp_path / "parts", monkeypatch)
    write_tiny_edition(tmp_path / "edition", quantization="F16")
    return tmp_path / "edition"


def test_strings_come_from_all_over_unicode_and_again_the_same() -> None:
    strings = random_strings(500, random.Random(1))
    assert strings == random_strings(500, random.Random(1))
    text = "".join(strings)
    assert "\0" not in text
    assert any(ord(letter) > 0x10000 for letter in text)
    assert text.encode()  # no half of a surrogate pair


def test_a_tokenizer_that_differs_is_found() -> None:
    agreement = compare_tokenizers(
        lambda text: list(text.encode()),
        lambda text: list(text.replace("\t", " ").encode()),
        count=200,
        seed=0,
    )
    assert agreement.count == 200
    assert 0 < len(agreement.differ) < 200
    assert all("\\t" in text for text in agreement.differ)


def test_merged_weights_answer_alike_in_both(edition: Path) -> None:
    answers, strings = verify(VerifyConfig(edition=edition, prompts=20, tokens=8, strings=200))
    assert (answers.count, answers.differ) == (20, ())
    assert (strings.count, strings.differ) == (200, ())


def test_rows_answer_alike_in_both(edition: Path, tmp_path: Path) -> None:
    import numpy as np

    bundle = build(BuildConfig(edition=edition, out=tmp_path / "bundle"))
    decoder = LlamaDecoder(bundle.language_model, n_ctx=CONTEXT)
    rows = np.random.default_rng(0).standard_normal((10, 5, N_EMBD)).astype(np.float32)
    prompts: list[list[Run]] = [
        [TokenRun((1, 40, 50)), RowRun(str(n), block), TokenRun((60, 2))]
        for n, block in enumerate(rows)
    ]
    assert compare_answers(trained_model(edition), decoder, prompts, tokens=8).differ == ()
    decoder.close()


def test_other_weights_are_found(
    edition: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    write_tiny_edition(other, quantization="F16")
    write_tiny_lora(other, seed=1)
    model = trained_model(other)
    monkeypatch.setattr(verifying, "trained_model", lambda folder: model)
    with pytest.raises(ConversionError, match="does not run what was trained"):
        main(VerifyConfig(edition=edition, prompts=4, tokens=8, strings=10))
