from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.llama.ledger import after, common_prefix, entries, positions, span, whole
from engine.seams import Layout, RowRun, Run, TokenRun, run_length


def rows(key: str, count: int) -> RowRun:
    return RowRun(key, np.arange(count * 2, dtype=np.float32).reshape(count, 2))


runs = st.lists(
    st.one_of(
        st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda ids: TokenRun(tuple(ids))),
        st.builds(rows, st.sampled_from("ab"), st.integers(1, 4)),
    ),
    max_size=5,
)


def test_entries_are_one_a_place() -> None:
    prompt: list[Run] = [TokenRun((7, 8)), rows("dog", 2), TokenRun((9,))]
    assert entries(prompt) == [7, 8, ("dog", 0), ("dog", 1), 9]


def test_prefix_ends_at_the_first_difference() -> None:
    assert common_prefix([1, 2, 3], [1, 2, 4, 5]) == 2
    assert common_prefix([1, 2], [1, 2, 3]) == 2
    assert common_prefix([("dog", 0), 1], [("cat", 0), 1]) == 0
    assert common_prefix([], [1]) == 0


@given(runs, st.integers(0, 20))
def test_what_comes_after_a_place_is_the_rest(prompt: list[Run], place: int) -> None:
    rest = after(prompt, place)
    assert sum(map(run_length, rest)) == max(0, len(entries(prompt)) - place)
    cells = [cell for run in prompt for cell in contents(run)]
    assert [cell for run in rest for cell in contents(run)] == cells[place:]


def contents(run: Run) -> list[object]:
    return list(run.ids) if isinstance(run, TokenRun) else [tuple(row) for row in run.array]


def laid_out() -> RowRun:
    """Two rows of three cells each, as M-RoPE has them: all at one time."""
    offsets = np.array([[0] * 6, [0, 0, 0, 1, 1, 1], [0, 1, 2] * 2, [0] * 6], np.int32)
    moves = np.array([[1] * 6] * 3 + [[0] * 6], np.int32)
    return RowRun("grid", np.zeros((6, 2), np.float32), Layout(3, offsets, moves))


def test_positions_count_up_but_in_a_grid() -> None:
    prompt: list[Run] = [TokenRun((7, 8)), laid_out(), rows("dog", 2), TokenRun((9,))]
    assert positions(prompt) == [0, 1, 2, 2, 2, 2, 2, 2, 5, 6, 7, 8]
    assert [span(run) for run in prompt] == [2, 3, 2, 1]


def test_a_prompt_is_not_cut_inside_a_laid_out_block() -> None:
    prompt: list[Run] = [TokenRun((7, 8)), laid_out(), rows("dog", 2), TokenRun((9,))]
    assert [whole(prompt, place) for place in range(12)] == [
        0, 1, 2, 2, 2, 2, 2, 2, 8, 9, 10, 11,
    ]  # fmt: skip
    unread = RowRun("whole", np.zeros((3, 2), np.float32), Layout(3, causal=False))
    assert [whole([unread], place) for place in range(4)] == [0, 0, 0, 3]
    assert positions([unread]) == [0, 1, 2, 3]
