from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BundleError
from engine.llama.batch import Batcher
from engine.seams import RowRun, TokenRun


def test_tokens_are_cut_and_only_the_last_wants_logits() -> None:
    batches = Batcher(4, n_embd=2).cut(TokenRun(tuple(range(10))), logits=True)
    seen = [
        (batch.token[: batch.n_tokens], batch.logits[: batch.n_tokens], bool(batch.embd))
        for batch in batches
    ]
    assert seen == [
        ([0, 1, 2, 3], [0, 0, 0, 0], False),
        ([4, 5, 6, 7], [0, 0, 0, 0], False),
        ([8, 9], [0, 1], False),
    ]


def test_rows_are_read_where_they_lie() -> None:
    array = np.arange(6, dtype=np.float32).reshape(3, 2)
    (batch,) = Batcher(4, n_embd=2).cut(RowRun("a", array), logits=False)
    array[2, 1] = 42
    assert batch.embd[:6] == [0, 1, 2, 3, 4, 42]
    assert batch.logits[:3] == [0, 0, 0]
    assert not batch.token


def test_rows_in_another_order_or_type_are_put_right() -> None:
    array = np.arange(6, dtype=np.float64).reshape(2, 3).T
    (batch,) = Batcher(4, n_embd=2).cut(RowRun("a", array), logits=False)  # type: ignore[arg-type]
    assert batch.embd[:6] == [0, 3, 1, 4, 2, 5]


def test_rows_of_another_width_are_refused() -> None:
    run = RowRun("a", np.zeros((3, 5), np.float32))
    with pytest.raises(BundleError, match=r"\(3, 5\).*2 numbers"):
        list(Batcher(4, n_embd=2).cut(run, logits=False))


def test_a_step_is_one_token() -> None:
    step = Batcher(4, n_embd=2).step(17)
    assert (step.n_tokens, step.token[0], bool(step.logits)) == (1, 17, False)
