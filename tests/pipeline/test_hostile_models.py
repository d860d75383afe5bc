"""Models that mean harm through the real program: one sentence, and the window lives on."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.bundle.importing import import_gguf
from engine.protocol import Failed, Ready
from engine.shelf import verify
from tests.pipeline.test_bad_input import NO_BUNDLE, one_sentence
from tests.pipeline.test_engine_process import Caller
from tests.support.command_line import sightline
from tests.support.raw_gguf import put_together, taken_apart
from tests.support.tiny_mtmd import write_qwen
from tests.unit.engine.bundle.test_bundle import reseal

Value = tuple[str, object]


def change_gguf(path: Path, **keys: Value) -> None:
    """Other values in a sound GGUF file; `__` stands for a point in the name of a key."""
    sound, weights = taken_apart(path)
    sound |= {name.replace("__", "."): value for name, value in keys.items()}
    path.write_bytes(put_together(sound, weights))


def with_config(folder: Path, part: str, **facts: object) -> None:
    path = folder / part / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


HARM: dict[str, tuple[Callable[[Path], None], str]] = {
    "layers that llama.cpp asserts": (
        lambda folder: change_gguf(folder / "llm.gguf", llama__block_count=("u32", 100_000)),
        "llm.gguf",
    ),
    "an epsilon that ggml asserts": (
        lambda folder: change_gguf(
            folder / "llm.gguf", llama__attention__layer_norm_rms_epsilon=("f32", math.nan)
        ),
        "llm.gguf",
    ),
    "a name for a terminal": (
        lambda folder: change_gguf(
            folder / "llm.gguf", tokenizer__ggml__model=("str", "\x1b]0;gone\x07\x1b[2J")
        ),
        "llm.gguf",
    ),
    "a vision encoder of a billion layers": (
        lambda folder: with_config(folder, "vision", num_hidden_layers=1_000_000_000),
        "num_hidden_layers",
    ),
    "a vision encoder a billion wide": (
        lambda folder: with_config(folder, "vision", intermediate_size=1_000_000_000),
        "intermediate_size",
    ),
    "a vision encoder wider than its file": (
        lambda folder: with_config(folder, "vision", intermediate_size=1_000_000),
        "don't fit its config",
    ),
}


@pytest.mark.parametrize("kind", HARM)
def test_the_command_line_refuses_it(tiny_vit_bundle: Path, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(tiny_vit_bundle, folder)
    harm, named = HARM[kind]
    harm(folder)
    reseal(folder)
    outcome = sightline("ask", "--bundle", folder, "hello", bundle=tiny_vit_bundle)
    assert (outcome.code, outcome.output) == (NO_BUNDLE, ""), outcome
    assert one_sentence("\n".join(outcome.errors), named), outcome
    assert "\x1b" not in outcome.errors[0]


@pytest.fixture
def crashing(tmp_path: Path) -> Path:
    """A bundle whose mmproj file no check of ours finds anything wrong with, and mtmd ends at."""
    pair = write_qwen(tmp_path / "files")
    change_gguf(pair.mmproj, clip__vision__n_wa_pattern=("u32", 1))
    return import_gguf(pair.gguf, pair.mmproj, into=tmp_path / "models", name="crashing").path


@pytest.mark.skipif(sys.platform == "win32", reason="the sentence names a signal")
def test_a_model_that_crashes_the_engine_is_a_sentence_in_the_window(
    crashing: Path, tiny_bundle: Path
) -> None:
    """What the window's engine process says; the same client then loads another model."""
    caller = Caller(crashing)
    try:
        caller.client.start()
        failed = caller.until(Failed, Ready)[-1]
        assert isinstance(failed, Failed), failed
        assert one_sentence(failed.error, "crashed (SIGABRT)", "choose another model")
    finally:
        caller.close()
    again = Caller(tiny_bundle)
    try:
        again.client.start()
        assert isinstance(again.until(Failed, Ready)[-1], Ready)
    finally:
        again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="the sentence names a signal")
def test_verifying_a_model_that_crashes_says_so(crashing: Path) -> None:
    *before, last = verify(crashing)
    assert [result.error for result in before] == [None] * len(before)
    assert last.name == "load" and last.error is not None
    assert one_sentence(last.error, str(crashing), "crashed (SIGABRT)")
