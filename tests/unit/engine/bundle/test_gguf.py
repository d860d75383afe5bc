"""GGUF headers that lie: each is refused with one sentence, and none takes long."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bundle.gguf import read_gguf, read_texts
from engine.bundle.headers import GgufFacts, read_gguf_header
from engine.errors import BundleError
from tests.support.raw_gguf import (
    F32,
    Q8_0,
    Key,
    Tensor,
    padded,
    put_together,
    raw_gguf,
    taken_apart,
    text,
)

SOUND: list[Key] = [("general.architecture", "str", "llama"), ("llama.block_count", "u32", 2)]
TWO = [("a", Tensor()), ("b", Tensor((4, 2)))]


def refusal(path: Path) -> str:
    with pytest.raises(BundleError) as caught:
        read_gguf(path)
    message = str(caught.value)
    assert message.startswith(f"{path} is damaged or no GGUF file: its header can't be read (")
    assert message.endswith("install the bundle again.")
    assert message.isprintable()
    return message


def written(folder: Path, content: bytes) -> Path:
    path = folder / "a.gguf"
    path.write_bytes(content)
    return path


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    keys: list[Key] = [
        *SOUND,
        ("a.f", "f32", 0.5),
        ("a.b", "bool", True),
        ("a.l", "[str", ["x", "yz"]),
    ]
    found = read_gguf(written(tmp_path, raw_gguf(keys, TWO)))
    assert found.keys == {
        "general.architecture": "llama", "llama.block_count": 2, "a.f": 0.5, "a.b": True, "a.l": 2,
    }  # fmt: skip
    assert [(t.kind, t.shape) for t in found.tensors.values()] == [(F32, (8,)), (F32, (2, 4))]
    assert found.tensors["b"].offset == found.tensors["a"].offset + 32
    assert read_texts(tmp_path / "a.gguf", "a.l") == [b"x", b"yz"]
    assert read_texts(tmp_path / "a.gguf", "a.b") == read_texts(tmp_path / "a.gguf", "no") == []


@pytest.mark.parametrize("version", [0, 1, 4, 0x03000000, 0xFFFFFFFF])
def test_versions_that_are_not_known(tmp_path: Path, version: int) -> None:
    assert f"version {version} is not known" in refusal(
        written(tmp_path, raw_gguf(SOUND, version=version))
    )


HUGE = (1 << 20, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


@pytest.mark.parametrize("count", HUGE)
@pytest.mark.parametrize("what", ["n_keys", "n_tensors"])
def test_counts_that_are_absurd(tmp_path: Path, what: str, count: int) -> None:
    refusal(written(tmp_path, raw_gguf(SOUND, TWO, **{what: count})))


def test_counts_that_the_file_does_not_hold(tmp_path: Path) -> None:
    for what in ("n_keys", "n_tensors"):
        for count in (3, 4000):
            refusal(written(tmp_path, raw_gguf(SOUND, TWO, **{what: count})))


@pytest.mark.parametrize("length", HUGE)
def test_lengths_that_are_absurd(tmp_path: Path, length: int) -> None:
    said = struct.pack("<Q", length)
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 1)
    contents = {
        "a key": said + b"abc",
        "a text": text("key") + struct.pack("<I", 8) + said + b"abc",
        "an array": text("key") + struct.pack("<II", 9, 4) + said + b"\0" * 64,
        "an array of texts": text("key") + struct.pack("<II", 9, 8) + said + b"\0" * 64,
        "a text in an array": text("key") + struct.pack("<IIQ", 9, 8, 2) + said + b"\0" * 64,
    }
    for content in contents.values():
        refusal(written(tmp_path, head + content))


@pytest.mark.parametrize("kind", [9, 13, 99, 0xFFFFFFFF])
def test_types_that_are_none(tmp_path: Path, kind: int) -> None:
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("key")
    if kind != 9:
        refusal(written(tmp_path, head + struct.pack("<I", kind) + b"\0" * 64))
    # An array in an array as well: nobody writes one, and llama.cpp reads none.
    refusal(written(tmp_path, head + struct.pack("<IIQ", 9, kind, 2) + b"\0" * 64))


@pytest.mark.parametrize("step", [0, 3, 33, 1 << 21, 1 << 31])
def test_alignments_that_are_none(tmp_path: Path, step: int) -> None:
    keys: list[Key] = [("general.alignment", "u32", step)]
    assert f"an alignment of {step} is none" in refusal(written(tmp_path, raw_gguf(keys, TWO)))


@pytest.mark.parametrize(
    ("kind", "step"), [("u64", 32), ("str", "32"), ("f32", 32.0), ("[u32", [32])]
)
def test_an_alignment_of_another_type(tmp_path: Path, kind: str, step: object) -> None:
    keys: list[Key] = [("general.alignment", kind, step)]
    assert "the alignment is no number" in refusal(written(tmp_path, raw_gguf(keys, TWO)))


def test_an_alignment_of_its_own(tmp_path: Path) -> None:
    keys: list[Key] = [("general.alignment", "u32", 128)]
    found = read_gguf(written(tmp_path, raw_gguf(keys, TWO, step=128)))
    assert found.tensors["b"].offset == found.tensors["a"].offset + 128


def test_names_that_are_there_twice(tmp_path: Path) -> None:
    assert "'llama.block_count' is there twice" in refusal(
        written(tmp_path, raw_gguf([*SOUND, SOUND[1]]))
    )
    assert "'a' is there twice" in refusal(written(tmp_path, raw_gguf(SOUND, [TWO[0], TWO[0]])))


def test_names_that_are_empty_or_long(tmp_path: Path) -> None:
    refusal(written(tmp_path, raw_gguf([("", "u8", 1)])))
    refusal(written(tmp_path, raw_gguf([("x" * 65536, "u8", 1)])))
    refusal(written(tmp_path, raw_gguf(SOUND, [("", Tensor())])))
    refusal(written(tmp_path, raw_gguf(SOUND, [("x" * 64, Tensor())])))
    read_gguf(written(tmp_path, raw_gguf(SOUND, [("x" * 63, Tensor())])))


SHAPES = {
    "five dimensions": (1, 1, 1, 1, 1),
    "a thousand dimensions": (1,) * 1000,
    "larger than the file": (9,),
    "negative": ((1 << 64) - 1,),
    "more than 63 bits": (1 << 63,),
    "a product of more than 64 bits": (1 << 32, 1 << 32),
    "a product that is 0 again": (1 << 32, 1 << 32, 1 << 32, 1 << 32),
    "huge beside 0": (0, 1 << 62, 1 << 62),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_are_absurd(tmp_path: Path, name: str) -> None:
    refusal(written(tmp_path, raw_gguf(SOUND, [("a", Tensor(SHAPES[name]))])))


@pytest.mark.parametrize("kind", [4, 5, 31, 36, 38, 43, 99, 0x7FFFFFFF, 0xFFFFFFFF])
def test_types_of_tensors_that_are_not_known(tmp_path: Path, kind: int) -> None:
    tensor = Tensor((32,), kind, b"\0" * 128)
    assert f"has the type {kind}" in refusal(written(tmp_path, raw_gguf(SOUND, [("a", tensor)])))


def test_rows_that_are_no_whole_blocks(tmp_path: Path) -> None:
    tensor = Tensor((31,), Q8_0, b"\0" * 34)
    assert "no whole blocks" in refusal(written(tmp_path, raw_gguf(SOUND, [("a", tensor)])))


@pytest.mark.parametrize("offset", [0, 8, 64, 1 << 40, 1 << 63, (1 << 64) - 32])
def test_tensors_that_lie_elsewhere(tmp_path: Path, offset: int) -> None:
    tensors = [TWO[0], ("b", Tensor(offset=offset))]
    assert "does not begin where" in refusal(written(tmp_path, raw_gguf(SOUND, tensors)))


def test_weights_that_are_missing(tmp_path: Path) -> None:
    content = raw_gguf(SOUND, TWO)
    assert "the file ends before 'b' does" in refusal(written(tmp_path, content[:-1]))
    assert "the file ends before 'b' does" in refusal(written(tmp_path, content[:-33]))
    # What only fills up the last one may be missing.
    read_gguf(written(tmp_path, raw_gguf(SOUND, [("a", Tensor((1,), F32, b"\0" * 4))])[:-28]))


def test_more_texts_than_any_model_has(tmp_path: Path) -> None:
    """Millions of empty texts would be a short file and a long time."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("key")
    count = (1 << 22) + 1
    content = head + struct.pack("<IIQ", 9, 8, count) + bytes(8 * count)
    assert "texts are more than any model has" in refusal(written(tmp_path, content))


def test_a_file_cut_anywhere(tmp_path: Path) -> None:
    keys: list[Key] = [*SOUND, ("a.list", "[str", ["a", "b"]), ("a.numbers", "[f32", [1.0, 2.0])]
    content = raw_gguf(keys, TWO)
    for length in range(len(content)):
        refusal(written(tmp_path, content[:length]))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_file_changed_anywhere(tmp_path: Path, tiny_bundle: Path, data: st.DataObject) -> None:
    """Bytes of the header are replaced: it is refused, or sound and still within the file."""
    content = bytearray((tiny_bundle / "llm.gguf").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 9000))
        new = data.draw(
            st.binary(min_size=1, max_size=8) | st.just(b"\xff" * 8) | st.just(bytes(8))
        )
        content[at : at + len(new)] = new
    check_outcome(written(tmp_path, bytes(content)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(tail=st.binary(max_size=400), tensors=st.integers(0, 5), keys=st.integers(0, 5))
def test_any_bytes(tmp_path: Path, tail: bytes, tensors: int, keys: int) -> None:
    head = b"GGUF" + struct.pack("<IQQ", 3, tensors, keys)
    check_outcome(written(tmp_path, head + tail))


def check_outcome(path: Path) -> None:
    try:
        found = read_gguf(path)
        read_gguf_header(path)
        for name in found.keys:
            read_texts(path, name)
    except BundleError:
        return
    size = path.stat().st_size
    assert all(0 <= tensor.offset <= size for tensor in found.tensors.values())


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, raw_gguf(SOUND))
    assert read_gguf(path).keys["llama.block_count"] == 2
    written(tmp_path, raw_gguf([SOUND[0], ("llama.block_count", "u32", 33)]))
    assert read_gguf(path).keys["llama.block_count"] == 33


def test_what_is_no_file(tmp_path: Path) -> None:
    refusal(tmp_path / "absent.gguf")
    (tmp_path / "folder.gguf").mkdir()
    refusal(tmp_path / "folder.gguf")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.gguf")
        refusal(tmp_path / "pipe.gguf")
        refusal(Path("/dev/null"))
        refusal(Path("/dev/zero"))


def test_facts_of_other_types_are_named(tmp_path: Path) -> None:
    keys: list[Key] = [("a.text", "u32", 1), ("a.number", "str", "x"), ("a.list", "[u32", [1, 2])]
    facts = GgufFacts.read(written(tmp_path, raw_gguf([*keys, ("a.less", "i32", -1)])))
    with pytest.raises(BundleError, match=r"`a\.text` is no text"):
        facts.text("a.text")
    for key in ("a.number", "a.list", "a.less"):
        with pytest.raises(BundleError, match=f"`{key}` is no number"):
            facts.number(key)
    assert (facts.length("a.list"), facts.length("a.text")) == (2, 0)
    assert (facts.shared("a.list", 7), facts.shared("a.text", 7)) == (7, 1)


def test_taken_apart_and_put_together(tiny_bundle: Path, tmp_path: Path) -> None:
    """The tests' own writer writes what ggml's does."""
    whole: Any = taken_apart(tiny_bundle / "llm.gguf")
    again = read_gguf(written(tmp_path, put_together(*whole)))
    first = read_gguf(tiny_bundle / "llm.gguf")
    assert (again.keys, again.tensors.keys()) == (first.keys, first.tensors.keys())
    assert padded(b"a", 4) == b"a\0\0\0"
