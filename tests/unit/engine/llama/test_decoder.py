"""The real decoder on a tiny random model: reuse of the cache, cancelling, rows among tokens."""

from __future__ import annotations

import numpy as np
import pytest

from engine.llama.decoder import LlamaDecoder
from engine.llama.ledger import entries
from engine.seams import Prefilled, RowRun, Run, TokenRun
from tests.support.running import read, said_by
from tests.support.tiny_llama import N_EMBD

rng = np.random.default_rng(5)
PICTURE = RowRun("picture", rng.standard_normal((40, N_EMBD)).astype(np.float32))
OTHER = RowRun("other", rng.standard_normal((40, N_EMBD)).astype(np.float32))
REGION = RowRun("region", rng.standard_normal((1, N_EMBD)).astype(np.float32))
FIRST: list[Run] = [TokenRun((1, 50, 60)), PICTURE, TokenRun((70, 71)), REGION, TokenRun((80, 81))]
SECOND: list[Run] = [*FIRST[:-1], TokenRun((80, 90, 91, 92))]


def fresh_answer(decoder: LlamaDecoder, prompt: list[Run]) -> list[bytes]:
    read(decoder, [TokenRun((0,))])
    assert read(decoder, prompt).cached == 0
    return said_by(decoder, 12)


def test_a_second_question_reads_only_what_is_new(decoder: LlamaDecoder) -> None:
    assert read(decoder, FIRST) == Prefilled(cached=0, computed=48)
    said_by(decoder, 5)
    assert read(decoder, SECOND) == Prefilled(cached=47, computed=3)


def test_reuse_gives_the_same_tokens_as_a_fresh_start(decoder: LlamaDecoder) -> None:
    expected = fresh_answer(decoder, SECOND)
    read(decoder, FIRST)
    said_by(decoder, 7)
    assert read(decoder, SECOND).cached == 47
    assert said_by(decoder, 12) == expected


def test_a_conversation_goes_on_behind_its_own_answer(decoder: LlamaDecoder) -> None:
    read(decoder, FIRST)
    said_by(decoder, 6)
    answer = tuple(entry for entry in decoder.context.held[48:] if isinstance(entry, int))
    assert len(answer) == 5  # the sixth was never fed back
    longer = [*FIRST, TokenRun((*answer, 99, 100))]
    assert read(decoder, longer) == Prefilled(cached=53, computed=2)
    reused = said_by(decoder, 12)
    assert reused == fresh_answer(decoder, longer)


def test_the_same_prompt_again_costs_one_place(decoder: LlamaDecoder) -> None:
    read(decoder, FIRST)
    once = said_by(decoder, 12)
    assert read(decoder, FIRST) == Prefilled(cached=47, computed=1)
    assert said_by(decoder, 12) == once


def test_another_picture_in_its_place_is_read_anew(decoder: LlamaDecoder) -> None:
    read(decoder, FIRST)
    changed = [FIRST[0], OTHER, *FIRST[2:]]
    assert read(decoder, changed) == Prefilled(cached=3, computed=45)
    assert said_by(decoder, 12) == fresh_answer(decoder, changed)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_several_pictures(decoder: LlamaDecoder, count: int) -> None:
    prompt: list[Run] = [TokenRun((1,))]
    for number in range(count):
        prompt += [RowRun(f"picture {number}", PICTURE.array + number), TokenRun((60 + number,))]
    expected = fresh_answer(decoder, prompt)
    read(decoder, prompt[:-1])
    assert read(decoder, prompt) == Prefilled(cached=41 * count, computed=1)
    assert said_by(decoder, 12) == expected


def test_a_prompt_longer_than_a_batch(decoder: LlamaDecoder) -> None:
    prompt: list[Run] = [TokenRun(tuple(3 + n % 250 for n in range(700))), PICTURE, TokenRun((4,))]
    work = decoder.prefill(prompt, cancelled=lambda: False)
    assert list(work) == pytest.approx([0.0, 512 / 741, 700 / 741, 740 / 741])
    assert len(decoder.context.held) == 741


def test_cancelled_before_the_first_batch(decoder: LlamaDecoder) -> None:
    read(decoder, FIRST)
    assert read(decoder, SECOND, lambda: True) == Prefilled(47, 0, complete=False)
    assert list(decoder.context.held) == entries(FIRST)[:47]
    read(decoder, SECOND)
    assert said_by(decoder, 12) == fresh_answer(decoder, SECOND)


def test_cancelled_inside_a_batch(decoder: LlamaDecoder) -> None:
    """The abort callback fires in the middle of the second batch's graph."""
    prompt: list[Run] = [TokenRun(tuple(3 + n % 250 for n in range(600))), PICTURE, TokenRun((4,))]
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return len(decoder.context.held) == 512 and asked > asked_at_second + 10

    asked_at_second = 0
    work = decoder.prefill(prompt, cancelled=cancelled)
    assert next(work) == 0.0
    assert next(work) == pytest.approx(512 / 641)
    asked_at_second = asked
    with pytest.raises(StopIteration) as stop:
        next(work)
    assert stop.value.value == Prefilled(0, 512, complete=False)
    assert list(decoder.context.held) == entries(prompt)[:512]
    expected_rest = read(decoder, prompt)
    assert expected_rest == Prefilled(512, 129)
    assert said_by(decoder, 12) == fresh_answer(decoder, prompt)


def test_an_answer_left_early_leaves_the_cache_right(decoder: LlamaDecoder) -> None:
    read(decoder, FIRST)
    said_by(decoder, 3)
    assert len(decoder.context.held) == 48 + 2
    assert read(decoder, FIRST) == Prefilled(47, 1)


def test_rows_of_a_foreign_width_do_no_harm(decoder: LlamaDecoder) -> None:
    read(decoder, FIRST)
    wrong = RowRun("wrong", np.zeros((3, N_EMBD + 1), np.float32))
    with pytest.raises(Exception, match=f"{N_EMBD} numbers a row"):
        read(decoder, [TokenRun((1,)), wrong])
    assert said_by_after(decoder, FIRST) == fresh_answer(decoder, FIRST)


def said_by_after(decoder: LlamaDecoder, prompt: list[Run]) -> list[bytes]:
    read(decoder, prompt)
    return said_by(decoder, 12)


def test_two_decoders_live_side_by_side(decoder: LlamaDecoder) -> None:
    second = LlamaDecoder(decoder.model.path, n_ctx=512, threads=1)
    read(decoder, FIRST)
    read(second, SECOND)
    assert len(second.context.held) == 50
    second.close()
    assert read(decoder, FIRST).cached == 47
