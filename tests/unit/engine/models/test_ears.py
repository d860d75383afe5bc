"""A bundle's ears: which rows of a window go on, and bundles whose parts don't fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.bundle import read_manifest
from engine.errors import BundleError
from engine.media.audio import RATE, log_mel
from engine.models.adaptor import WordsAdaptor
from engine.models.ears import FRAME, Ears
from engine.models.vision import device_and_dtype
from tests.support.sound_files import tone
from tests.support.tiny_llama import N_EMBD

SOUND = tone(2.0)[:, 0]
JOINED = 4 * FRAME  # samples a row


@pytest.fixture(scope="module")
def ears(hearing_bundle: Path) -> Ears:
    return Ears.load(hearing_bundle, read_manifest(hearing_bundle), device="cpu")


def test_a_window_is_log_mel_encoder_adaptor(ears: Ears, hearing_bundle: Path) -> None:
    rows = ears.hear(SOUND).rows
    assert rows.shape == (25, N_EMBD)
    assert rows.dtype == np.float32 and rows.flags.c_contiguous
    layer = load_file(hearing_bundle / "adaptor.safetensors")
    mel = torch.from_numpy(log_mel(SOUND))[None]
    with torch.inference_mode():
        frames = ears._encoder(mel)[0, :8].reshape(2, -1)
    wanted = frames @ layer["rows.weight"].T + layer["rows.bias"]
    near = 1e-4 if device_and_dtype("cpu")[1] == torch.float32 else 0.1
    assert np.abs(rows[:2] - wanted.numpy()).max() < near


def test_rows_are_those_that_start_inside(ears: Ears) -> None:
    whole = ears.hear(SOUND).rows
    assert np.array_equal(ears.hear(SOUND, 2 * JOINED, 5 * JOINED).rows, whole[2:5])
    assert np.array_equal(ears.hear(SOUND, 2 * JOINED + 1, 5 * JOINED + 1).rows, whole[3:6])
    assert np.array_equal(ears.hear(SOUND, 20 * JOINED).rows, whole[20:])
    assert ears.hear(SOUND, 100 * RATE).rows.shape == (0, N_EMBD)


def test_the_shortest_window(ears: Ears) -> None:
    assert ears.hear(SOUND[:160]).rows.shape == (1, N_EMBD)


def test_llasms_rows_are_as_many_for_any_length(llasm_bundle: Path) -> None:
    ears = Ears.load(llasm_bundle, read_manifest(llasm_bundle), device="cpu")
    short, long = ears.hear(SOUND).rows, ears.hear(tone(3.0)[:, 0]).rows
    assert short.shape == long.shape == (5, N_EMBD)
    assert not np.allclose(short, long)
    filled = ears.hear(np.pad(SOUND, (0, 30 * RATE - len(SOUND)))).rows
    assert np.array_equal(short, filled)


def test_ultravoxs_rows_are_those_of_the_sound_alone(ultravox_bundle: Path) -> None:
    """Filled up to a whole frame of 10 ms, and to two at least, never to half a minute."""
    ears = Ears.load(ultravox_bundle, read_manifest(ultravox_bundle), device="cpu")
    assert ears.hear(SOUND).rows.shape == (13, N_EMBD)  # 100 frames, eight a row
    odd = SOUND[: 160 * 50 + 1]
    assert np.array_equal(ears.hear(odd).rows, ears.hear(np.pad(odd, (0, 159))).rows)
    assert ears.hear(odd).rows.shape == (4, N_EMBD)
    assert ears.hear(SOUND[:160]).rows.shape == (1, N_EMBD)


def test_of_words_only_what_is_new_goes_on(words_bundle: Path) -> None:
    ears = Ears.load(words_bundle, read_manifest(words_bundle), device="cpu")
    frames = torch.from_numpy(log_mel(SOUND))[None]
    with torch.inference_mode():
        assert isinstance(ears._adaptor, WordsAdaptor)
        _rows, wanted = ears._adaptor.heard(ears._encoder(frames)[0])
    assert 0 < wanted.sum() < len(wanted) == 25
    found = ears.hear(SOUND).rows
    assert len(found) <= len(wanted)
    assert len(ears.hear(SOUND, 0, 10 * JOINED).rows) + len(
        ears.hear(SOUND, 10 * JOINED).rows
    ) == len(found)


def test_a_bundle_without_ears(blind_bundle: Path) -> None:
    with pytest.raises(BundleError, match="has no ears"):
        Ears.load(blind_bundle, read_manifest(blind_bundle))


@pytest.mark.parametrize(
    ("file", "name", "named"),
    [
        ("speech/model.safetensors", "encoder.conv1.bias", "weights of SpeechEncoder don't fit"),
        ("adaptor.safetensors", "rows.bias", "weights of LinearAdaptor don't fit"),
    ],
)
def test_weights_that_are_missing(
    hearing_bundle: Path, tmp_path: Path, file: str, name: str, named: str
) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(hearing_bundle, folder)
    weights = load_file(folder / file)
    del weights[name]
    save_file(weights, folder / file)
    with pytest.raises(BundleError, match=named):
        Ears.load(folder, read_manifest(folder))


def test_a_config_that_can_not_be_read(hearing_bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(hearing_bundle, folder)
    (folder / "speech/config.json").write_text(json.dumps({"model_type": "hubert"}))
    with pytest.raises(BundleError, match="'hubert' is no speech encoder"):
        Ears.load(folder, read_manifest(folder))
