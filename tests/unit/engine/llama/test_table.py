from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType
from numpy.typing import NDArray

from engine.bundle.gguf import GgufTensor
from engine.llama.context import Context
from engine.llama.model import Model
from engine.llama.quantize import quantize
from engine.llama.table import TokenTable, token_table, woven
from engine.seams import RowRun, Run, TokenRun, never
from tests.support.tiny_llama import N_EMBD

PICTURE = RowRun("picture", np.full((3, N_EMBD), 0.3, np.float32))
REGION = RowRun("region", np.full((1, N_EMBD), -0.2, np.float32))
PROMPT = (
    TokenRun((1, 40, 41)),
    PICTURE,
    TokenRun((50, 51)),
    REGION,
    TokenRun((60,)),
    REGION,
    TokenRun((70, 71, 2)),
)


def table_of(path: Path) -> TokenTable:
    table = token_table(path, architecture="llama")
    assert table is not None
    return table


def logits_of(path: Path, prompt: Sequence[Run], *, weaves: bool) -> NDArray[np.float32]:
    model = Model(path)
    context = Context(model, n_ctx=512, threads=1)
    if not weaves:
        context._table = None
    list(context.read(prompt, cancelled=never))
    assert len(context.held) == 14
    found = context.logits().copy()
    context.close()
    model.close()
    return found


@pytest.mark.parametrize("kind", ["F32", "F16", "Q8_0", "Q4_1"])
def test_words_given_as_rows_are_read_like_words(
    tiny_gguf: Path, tmp_path: Path, kind: str
) -> None:
    path = tiny_gguf
    if kind != "F32":
        path = tmp_path / "small.gguf"
        quantize(tiny_gguf, path, kind)
    apart = logits_of(path, PROMPT, weaves=False)
    together = logits_of(path, PROMPT, weaves=True)
    # Processors without float16 arithmetic round F16 weights' products by the shape of the batch.
    np.testing.assert_allclose(together, apart, atol=5e-3)
    assert np.ptp(apart) > 0.1


def test_one_run_from_the_first_rows_to_the_last(tiny_gguf: Path) -> None:
    table = table_of(tiny_gguf)
    first, middle, last = woven(PROMPT, table)
    assert (first, last) == (PROMPT[0], PROMPT[-1])
    assert isinstance(middle, RowRun)
    rows = [PICTURE.array, table.rows((50, 51)), REGION.array, table.rows((60,)), REGION.array]
    np.testing.assert_array_equal(middle.array, np.concatenate(rows))


@pytest.mark.parametrize("prompt", [PROMPT[:1], PROMPT[:3], PROMPT[1:2]])
def test_a_single_block_of_rows_stays_as_it_is(tiny_gguf: Path, prompt: tuple[Run, ...]) -> None:
    assert woven(prompt, table_of(tiny_gguf)) == list(prompt)


def test_a_model_that_changes_its_tokens_rows_is_read_run_by_run(tiny_gguf: Path) -> None:
    assert token_table(tiny_gguf, architecture="gemma3") is None


def test_rows_of_a_type_that_can_not_be_read_here_are_left_to_llama(
    tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = GgufTensor(int(GGMLQuantizationType.I8), (8, N_EMBD), 64)
    monkeypatch.setattr("engine.llama.table.read_gguf_tensor", lambda *_: whole)
    assert token_table(tiny_gguf, architecture="llama") is None


def test_the_architecture_is_the_files(tiny_gguf: Path) -> None:
    model = Model(tiny_gguf)
    assert model.architecture == "llama"
    model.close()
