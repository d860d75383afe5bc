from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BundleError
from engine.llama.batch import Batcher
from engine.seams import Layout, RowRun, TokenRun


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


def test_positions_are_said_where_a_model_wants_them() -> None:
    batcher = Batcher(2, n_embd=2)
    tokens = batcher.cut(TokenRun((5, 6, 7)), logits=False, at=10)
    assert [batch.pos[: batch.n_tokens] for batch in tokens] == [[10, 11], [12]]
    rows = batcher.cut(RowRun("a", np.zeros((3, 2), np.float32)), logits=False, at=10)
    assert [batch.pos[: 4 * batch.n_tokens] for batch in rows] == [[10, 11] * 4, [12] * 4]
    assert batcher.step(17, at=13).pos[0] == 13


def test_rows_in_a_grid_have_positions_of_their_own() -> None:
    offsets = np.array([[0, 0], [0, 1], [0, 0], [0, 0]], np.int32)
    moves = np.array([[1, 1], [1, 1], [1, 1], [0, 0]], np.int32)
    run = RowRun("a", np.zeros((2, 2), np.float32), Layout(2, offsets, moves))
    (batch,) = Batcher(2, n_embd=2).cut(run, logits=False, at=10)
    assert batch.pos[:8] == [10, 10, 10, 11, 10, 10, 0, 0]
