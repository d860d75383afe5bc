"""Models that mean harm through the real program: one sentence, and the window lives on."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.bundle.importing import import_gguf
from engine.client import host_command
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


CRASHES: dict[str, dict[str, Value]] = {
    "when it is loaded": {"clip__projector_type": ("str", "mlp")},
    "when it looks": {"clip__vision__n_wa_pattern": ("u32", 1)},
}


def crashing(folder: Path, when: str) -> Path:
    """A bundle whose mmproj file no check of ours finds anything wrong with, and mtmd ends at."""
    pair = write_qwen(folder / "files")
    change_gguf(pair.mmproj, **CRASHES[when])
    return import_gguf(pair.gguf, pair.mmproj, into=folder / "models", name="crashing").path


@pytest.mark.skipif(sys.platform == "win32", reason="the sentences name signals")
def test_a_model_that_crashes_the_engine_is_a_sentence_in_the_window(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    """What the window's engine process says; another model is then loaded as ever."""
    with closing(Caller(crashing(tmp_path, "when it is loaded"))) as caller:
        caller.client.start()
        failed = caller.until(Failed, Ready)[-1]
        assert isinstance(failed, Failed), failed
        assert one_sentence(failed.error, "The engine crashed (SIG", "choose another model")
        caller.client.restart(host_command(tiny_bundle))
        assert isinstance(caller.until(Failed, Ready)[-1], Ready)


@pytest.mark.skipif(sys.platform == "win32", reason="the sentences name signals")
@pytest.mark.parametrize("when", CRASHES)
def test_verifying_a_model_that_crashes_says_so(tmp_path: Path, when: str) -> None:
    path = crashing(tmp_path, when)
    *before, last = verify(path)
    assert [result.error for result in before] == [None] * len(before)
    assert last.name == "load" and last.error is not None
    assert one_sentence(last.error, str(path), "The engine crashed (SIG")


def test_sound_bundles_are_verified_with_each_sense(
    tiny_bundle: Path, hearing_bundle: Path
) -> None:
    for path in (tiny_bundle, hearing_bundle):
        assert [result.error for result in verify(path) if result.error] == []
