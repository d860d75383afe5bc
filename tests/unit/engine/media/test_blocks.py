"""Blocks: what was heard early never changes, and every sample is in exactly one of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bundle import WindowFacts
from engine.media.audio import RATE
from engine.media.blocks import Block, blocks, clips

WINDOWS = WindowFacts(block=2.0, before=1.0, after=0.5)
windows = st.builds(
    WindowFacts,
    block=st.floats(0.1, 3),
    before=st.floats(0, 2),
    after=st.floats(0, 1),
)
lengths = st.integers(1, 20 * RATE)


def test_a_block_is_done_once_enough_behind_it_was_heard() -> None:
    assert blocks(round(2.5 * RATE) - 1, WINDOWS, growing=True) == []
    assert blocks(round(2.5 * RATE), WINDOWS, growing=True) == [Block(0, 32_000, 0, 40_000)]
    assert blocks(5 * RATE, WINDOWS) == [
        Block(0, 32_000, 0, 40_000),
        Block(32_000, 64_000, 16_000, 72_000),
        Block(64_000, 80_000, 48_000, 80_000),
    ]


def test_without_windows_a_clip_is_heard_when_it_is_finished() -> None:
    assert blocks(1000, None, growing=True) == []
    assert blocks(1000, None) == [Block(0, 1000, 0, 1000)]


@given(facts=windows, length=lengths)
def test_blocks_fill_the_clip_without_a_gap(facts: WindowFacts, length: int) -> None:
    found = blocks(length, facts)
    edges = [0, *(block.end for block in found)]
    assert [block.start for block in found] == edges[:-1]
    assert edges[-1] == length
    longest = round(facts.block * RATE) + round(facts.after * RATE)
    for block in found:
        assert 0 <= block.first <= block.start < block.end <= block.last <= length
        assert block.end - block.start <= longest


@given(facts=windows, length=lengths, heard=lengths)
def test_what_was_heard_early_never_changes(facts: WindowFacts, length: int, heard: int) -> None:
    early = blocks(min(heard, length), facts, growing=True)
    assert blocks(length, facts)[: len(early)] == early


def test_a_recording_is_cut_at_its_pauses() -> None:
    samples = np.full(25 * RATE, 0.5, np.float32)
    for second in (7, 13, 22):
        samples[second * RATE : second * RATE + RATE // 2] = 0.0
    cuts = [end / RATE for _, end in clips(samples, 10)]
    assert cuts == [pytest.approx(7.1, abs=0.11), pytest.approx(13.1, abs=0.11), 22.5 - 0.4, 25.0]


@given(length=st.integers(0, 30 * RATE), longest=st.floats(0.3, 10))
def test_clips_are_short_enough_and_lose_nothing(length: int, longest: float) -> None:
    samples = np.random.default_rng(length).standard_normal(length).astype(np.float32)
    found = clips(samples, longest)
    assert found[0][0] == 0 and found[-1][1] == length
    assert all(end == start for (_, end), (start, _) in pairwise(found))
    assert all(end - start <= round(longest * RATE) for start, end in found)
