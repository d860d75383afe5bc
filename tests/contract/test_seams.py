"""The scripted fakes behave as the real ones do, wherever a session could tell the difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.bundle import Bundle
from engine.encode import picture_encoder
from engine.errors import InputError
from engine.llama.decoder import LlamaDecoder
from engine.models.eyes import Eyes
from engine.seams import MediaEncoder, Prefilled, RowRun, Run, TextDecoder, TokenRun
from tests.support.fakes import ScriptedDecoder, ScriptedEncoder, said
from tests.support.running import read, said_by
from tests.support.tiny_llama import write_tiny_llama


@pytest.fixture(params=["fake", "real"])
def decoder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TextDecoder]:
    decoder: TextDecoder
    if request.param == "fake":
        decoder = ScriptedDecoder(said("hello"), said("hello"), n_ctx=1024)
    else:
        write_tiny_llama(tmp_path / "tiny.gguf")
        decoder = LlamaDecoder(tmp_path / "tiny.gguf", n_ctx=1024, threads=1)
    yield decoder
    decoder.close()


def picture(decoder: TextDecoder, key: str = "picture") -> RowRun:
    return RowRun(key, np.ones((6, decoder.n_embd), np.float32))


def prompt(decoder: TextDecoder, words: str) -> list[Run]:
    ids = decoder.tokenize(words, special=False)
    return [TokenRun((65, 66)), picture(decoder), TokenRun(tuple(ids))]


def test_markers_are_single_tokens_only_where_meant(decoder: TextDecoder) -> None:
    assert len(decoder.tokenize("<|im_end|>", special=True)) == 1
    assert len(decoder.tokenize("<|im_end|>", special=False)) > 1
    assert decoder.tokenize("", special=False) == []


def test_the_longest_prefix_is_reused(decoder: TextDecoder) -> None:
    first, second = prompt(decoder, "xy"), prompt(decoder, "xzz")
    assert read(decoder, first) == Prefilled(cached=0, computed=10)
    assert read(decoder, first) == Prefilled(cached=9, computed=1)
    assert read(decoder, second) == Prefilled(cached=9, computed=2)
    other = [first[0], picture(decoder, "another"), *first[2:]]
    assert read(decoder, other) == Prefilled(cached=2, computed=8)


def test_reading_tells_how_far_it_is(decoder: TextDecoder) -> None:
    told = list(decoder.prefill(prompt(decoder, "xy"), cancelled=lambda: False))
    assert told
    assert told[0] == 0.0
    assert all(0 <= fraction < 1 for fraction in told)


def test_a_cancelled_reading_says_so_and_can_be_taken_up(decoder: TextDecoder) -> None:
    whole = prompt(decoder, "xy")
    assert read(decoder, whole, lambda: True) == Prefilled(0, 0, complete=False)
    assert read(decoder, whole) == Prefilled(0, 10)


def test_an_answer_is_read_back_one_token_late(decoder: TextDecoder) -> None:
    read(decoder, prompt(decoder, "xy"))
    answer = said_by(decoder, 3)
    assert len(answer) == 3
    assert all(isinstance(token, bytes) for token in answer)
    assert read(decoder, prompt(decoder, "xy")).cached == 9


@pytest.fixture(params=["fake", "real"])
def encoder(request: pytest.FixtureRequest, tiny_bundle: Path) -> MediaEncoder:
    if request.param == "fake":
        return ScriptedEncoder(box=" {<1><2><3><4>}", broken=["broken.png"])
    bundle = Bundle.open(tiny_bundle)
    real = picture_encoder(bundle, Eyes.load(bundle.path, bundle.manifest))
    assert real is not None
    return real


def test_a_picture_is_computed_once(encoder: MediaEncoder, tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    Image.new("RGB", (40, 30), "red").save(path)
    first, second = encoder.encode_image(path), encoder.encode_image(path)
    assert encoder.encoded == 1
    assert first.key == second.key
    assert len(first.pieces) >= 3  # rows, a region's row, its words


def test_a_broken_picture_is_refused(encoder: MediaEncoder, tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG nothing")
    with pytest.raises(InputError, match=r"broken\.png"):
        encoder.encode_image(path)
    assert encoder.encoded == 0
