"""Rows that do not stand in the context as words do, and the files that they come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import BundleError
from engine.llama.decoder import LlamaDecoder
from engine.llama.mtmd import Mtmd
from engine.projected import padded_placement
from engine.seams import Layout, Marks, Prefilled, RowRun, Rows, Run, TokenRun
from tests.support.running import read, said_by
from tests.support.tiny_mtmd import N_EMBD, PAIRS, TOKENS, Pair

WORDS = TokenRun(tuple(range(40, 52)))


@pytest.fixture(scope="module", params=["qwen2.5-vl", "gemma-3"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return PAIRS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture
def decoder(pair: Pair) -> Iterator[LlamaDecoder]:
    decoder = LlamaDecoder(pair.gguf, n_ctx=2048, threads=1, mmproj=pair.mmproj)
    yield decoder
    decoder.close()


def mtmd(decoder: LlamaDecoder) -> Mtmd:
    assert isinstance(decoder.senses, Mtmd)
    return decoder.senses


def noise(
    width: int, height: int, seed: int = 0
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def seen(decoder: LlamaDecoder, seed: int = 0, *, width: int = 300, height: int = 200) -> list[Run]:
    """A picture as runs."""
    pieces, _ = mtmd(decoder).look(noise(width, height, seed))
    runs: list[Run] = []
    for piece in pieces:
        if isinstance(piece, Marks):
            runs.append(TokenRun(piece.ids))
        elif isinstance(piece, Rows):
            runs.append(RowRun(f"picture {seed}", piece.array, piece.layout))
    return runs


def test_marks_of_the_vocabulary_stand_around_a_picture(decoder: LlamaDecoder) -> None:
    before, rows, after = seen(decoder)
    assert isinstance(before, TokenRun) and isinstance(rows, RowRun) and isinstance(after, TokenRun)
    marks = [TOKENS[run.ids[0]] for run in (before, after)]
    assert marks in (["<|vision_start|>", "<|vision_end|>"], ["<start_of_image>", "<end_of_image>"])
    assert rows.array.shape[1] == N_EMBD
    layout = rows.layout
    assert layout is not None
    if layout.causal:
        assert layout.span == 11 and len(rows.array) == 11 * 7
    else:
        assert layout.span == len(rows.array) == 16


def test_a_reading_that_is_stopped_at_any_time_is_taken_up(decoder: LlamaDecoder) -> None:
    prompt = [WORDS, *seen(decoder, 1), WORDS]
    read(decoder, prompt)
    expected = said_by(decoder, 6)
    # How often it is asked whether to stop, by reading it once more.
    asked = 0

    def counting() -> bool:
        nonlocal asked
        asked += 1
        return False

    read(decoder, [TokenRun((3,))])
    read(decoder, prompt, counting)
    for stop in range(1, asked, max(1, asked // 12)):
        read(decoder, [TokenRun((3,))])
        left = stop

        def stopping() -> bool:
            nonlocal left
            left -= 1
            return left <= 0

        cut = read(decoder, prompt, stopping)
        assert not cut.complete
        read(decoder, prompt)
        assert said_by(decoder, 6) == expected


def test_a_block_that_was_read_in_part_is_read_anew(decoder: LlamaDecoder) -> None:
    """A picture of more rows than a batch has, stopped between two batches."""
    prompt = [WORDS, *seen(decoder, 2, width=1400, height=1000), WORDS]
    rows = prompt[2]
    assert isinstance(rows, RowRun) and rows.layout is not None
    if not rows.layout.causal:
        assert len(rows.array) == 16  # always
        return
    assert len(rows.array) > 1024
    reading = decoder.prefill(prompt, cancelled=lambda: False)
    for _ in range(4):  # words, mark, two batches of rows
        next(reading)
    reading.close()
    places = len(decoder.context.held)
    assert places % 512 == 13
    again = read(decoder, prompt)
    assert again == Prefilled(13, sum(map(length, prompt)) - 13)
    expected = said_by(decoder, 6)
    read(decoder, [TokenRun((3,))])
    read(decoder, prompt)
    assert said_by(decoder, 6) == expected


def length(run: Run) -> int:
    return len(run.ids) if isinstance(run, TokenRun) else len(run.array)


def test_a_block_longer_than_was_made_ready_for_is_refused(decoder: LlamaDecoder) -> None:
    rows = np.zeros((600, N_EMBD), np.float32)
    with pytest.raises(BundleError, match="600 rows at once"):
        read(decoder, [RowRun("long", rows, Layout(600, causal=False)), WORDS])


def test_where_a_padded_picture_lies(tmp_path: Path) -> None:
    """What is put by hand on the canvas that it is said to lie on is seen as the picture is."""
    pair = PAIRS["qwen2.5-vl"](tmp_path)
    decoder = LlamaDecoder(pair.gguf, n_ctx=512, threads=1, mmproj=pair.mmproj)
    smooth = Image.fromarray(noise(6, 4)).resize((300, 90), Image.Resampling.BICUBIC)
    pieces, resized = mtmd(decoder).look(np.asarray(smooth))
    assert resized == (308, 84)
    there = padded_placement(smooth.size, resized)
    canvas = Image.new("RGB", resized)
    inside = (round(there.width * resized[0]), round(there.height * resized[1]))
    corner = (round(there.left * resized[0]), round(there.top * resized[1]))
    canvas.paste(smooth.resize(inside, Image.Resampling.BICUBIC), corner)
    by_hand, same = mtmd(decoder).look(np.asarray(canvas))
    assert same == resized
    ours, theirs = (
        next(piece.array for piece in found if isinstance(piece, Rows))
        for found in (by_hand, pieces)
    )
    assert np.abs(ours - theirs).max() <= 1e-2 * np.abs(theirs).max()
    decoder.close()


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    ours = PAIRS["qwen2.5-vl"](tmp_path / "a")
    broken = tmp_path / "mmproj.gguf"
    broken.write_bytes(ours.mmproj.read_bytes()[:60_000])
    with pytest.raises(BundleError, match=r"mmproj\.gguf"):
        LlamaDecoder(ours.gguf, n_ctx=512, threads=1, mmproj=broken)
