"""The scripted fakes behave as the real ones do, wherever a session could tell the difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.bundle import Bundle
from engine.errors import InputError
from engine.llama.decoder import LlamaDecoder
from engine.models.ears import Ears
from engine.models.eyes import Eyes
from engine.seams import MediaEncoder, Prefilled, RowRun, Rows, Run, TextDecoder, TokenRun
from engine.senses import Senses
from engine.types import AudioPart
from tests.support.fakes import ScriptedDecoder, ScriptedEncoder, said
from tests.support.running import read, said_by
from tests.support.sound_files import save, tone
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
def encoder(request: pytest.FixtureRequest, hearing_bundle: Path) -> MediaEncoder:
    if request.param == "fake":
        return ScriptedEncoder(box=" {<1><2><3><4>}", broken=["broken.png", "broken.wav"])
    bundle = Bundle.open(hearing_bundle)
    eyes = Eyes.load(bundle.path, bundle.manifest)
    return Senses.of(bundle, eyes, Ears.load(bundle.path, bundle.manifest))


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


def test_a_recording_is_computed_once_block_by_block(encoder: MediaEncoder, tmp_path: Path) -> None:
    path = save(tmp_path / "where is it.wav", tone(2.2))  # two blocks
    first = encoder.encode_audio(AudioPart(path))
    assert encoder.encoded == 2
    second = encoder.encode_audio(AudioPart(path))
    assert encoder.encoded == 2
    assert first.key == second.key
    assert [type(piece) for piece in first.pieces] == [Rows, Rows]


def test_a_growing_recording_is_the_beginning_of_the_finished_one(
    encoder: MediaEncoder, tmp_path: Path
) -> None:
    path = save(tmp_path / "where is it.wav", tone(2.2))
    early = encoder.encode_audio(AudioPart(path, growing=True))
    whole = encoder.encode_audio(AudioPart(path))
    assert encoder.encoded == 2
    (known,) = early.pieces
    again, last = whole.pieces
    assert isinstance(known, Rows) and isinstance(again, Rows) and isinstance(last, Rows)
    assert known.key == again.key != last.key
    assert np.array_equal(known.array, again.array)


def test_a_paused_recording_is_heard_as_the_finished_one(
    encoder: MediaEncoder, tmp_path: Path
) -> None:
    path = save(tmp_path / "where is it.wav", tone(2.2))
    paused = encoder.encode_audio(AudioPart(path, growing=True, paused=True))
    assert encoder.encoded == 2
    assert encoder.encode_audio(AudioPart(path)).key == paused.key
    assert encoder.encoded == 2


def test_a_recording_in_which_nothing_was_said(encoder: MediaEncoder, tmp_path: Path) -> None:
    path = save(tmp_path / "silence.wav", tone(2.2) * 0)
    with pytest.raises(InputError, match=r"No speech was heard in .*silence\.wav"):
        encoder.encode_audio(AudioPart(path))


def test_a_broken_recording_is_refused(encoder: MediaEncoder, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_text("Dear aunt")
    with pytest.raises(InputError, match=r"broken\.wav"):
        encoder.encode_audio(AudioPart(tmp_path / "broken.wav"))
