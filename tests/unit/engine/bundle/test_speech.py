"""The checks of a bundle's ears: each failure is one sentence that names the file or key."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.bundle import Bundle, read_manifest
from engine.errors import BundleError


@pytest.fixture
def ears(hearing_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be changed."""
    folder = tmp_path / "bundle"
    shutil.copytree(hearing_bundle, folder)
    return folder


def refusal(folder: Path, *, sealed: bool = True) -> str:
    """What opening says, once sizes and hashes are as the files are now."""
    if sealed:
        plain = json.loads((folder / "bundle.json").read_text())
        for name in plain["files"]:
            content = (folder / name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            plain["files"][name] = {"bytes": len(content), "sha256": digest}
        (folder / "bundle.json").write_text(json.dumps(plain))
    with pytest.raises(BundleError) as caught:
        Bundle.open(folder)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    return message


def change(path: Path, **values: Any) -> None:
    """Sets keys of a JSON file; "a.b" is inside of "a"."""
    plain = json.loads(path.read_text())
    for key, value in values.items():
        place = plain
        *outer, last = key.split(".")
        for name in outer:
            place = place[name]
        place[last] = value
    path.write_text(json.dumps(plain))


@pytest.mark.parametrize(
    ("fixture", "kind"),
    [
        ("hearing_bundle", "linear"),
        ("words_bundle", "words"),
        ("llasm_bundle", "whisper decoder"),
        ("ultravox_bundle", "ultravox"),
    ],
)
def test_bundles_with_ears_open(fixture: str, kind: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(fixture)
    bundle = Bundle.open(path)
    assert bundle.manifest.speech is not None
    assert bundle.manifest.speech.adaptor.kind == kind
    assert bundle.speech_weights.is_file() and bundle.adaptor.is_file()
    assert read_manifest(path) == bundle.manifest


@pytest.mark.parametrize(
    "name",
    [
        "adaptor.safetensors",
        "speech/config.json",
        "speech/model.safetensors",
        "speech/preprocessor_config.json",
    ],
)
def test_a_file_that_is_not_listed(ears: Path, name: str) -> None:
    plain = json.loads((ears / "bundle.json").read_text())
    del plain["files"][name]
    (ears / "bundle.json").write_text(json.dumps(plain))
    assert f"does not list {name}" in refusal(ears)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("seconds", 0, "`speech.seconds` can't be 0"),
        ("windows.block", 0, "`speech.windows.block` can't be 0"),
        ("windows.before", -1, "`speech.windows.before` can't be -1"),
        ("windows.after", -0.5, "`speech.windows.after` can't be -0.5"),
        ("windows.block", 31, "a window of 31.8 seconds (`speech.windows`) is more"),
        ("adaptor.join", 0, "`speech.adaptor.join` can't be 0"),
        ("adaptor.tokens", 0, "`speech.adaptor.tokens` can't be 0"),
        ("adaptor.sharpness", 0, "`speech.adaptor.sharpness` can't be 0"),
        ("adaptor.kind", "whisper decoder", "`speech.adaptor.kind` can't be 'whisper decoder'"),
        ("adaptor.kind", "magic", "`speech.adaptor.kind` must be 'linear' or"),
        ("longer", "forget", "`speech.longer` must be 'refuse' or 'cut'"),
    ],
)
def test_facts_that_can_not_be(ears: Path, key: str, value: object, named: str) -> None:
    change(ears / "bundle.json", **{f"speech.{key}": value})
    assert named in refusal(ears)


def test_without_windows_whispers_half_minute_is_the_most(llasm_bundle: Path, ears: Path) -> None:
    shutil.rmtree(ears)
    shutil.copytree(llasm_bundle, ears)
    change(ears / "bundle.json", **{"speech.seconds": 31})
    assert "`speech.seconds` can't be 31" in refusal(ears)


@pytest.mark.parametrize(
    ("file", "key", "value", "named"),
    [
        ("config", "d_model", None, "does not say what the speech encoder is"),
        ("config", "max_source_positions", 50, "is more than the speech encoder hears, 1"),
        ("config", "num_mel_bins", 128, "`feature_size` is 80 and must be 128"),
        ("config", "d_model", 48, "takes 128 numbers and the speech encoder gives 192"),
        ("preprocessor_config", "sampling_rate", 8000, "`sampling_rate` is 8000 and must be 16000"),
        ("preprocessor_config", "hop_length", 80, "`hop_length` is 80 and must be 160"),
    ],
)
def test_configs_that_do_not_fit(
    ears: Path, file: str, key: str, value: object, named: str
) -> None:
    change(ears / "speech" / f"{file}.json", **{key: value})
    assert named in refusal(ears)


def test_an_adaptor_of_another_model(ears: Path) -> None:
    weights = load_file(ears / "adaptor.safetensors")
    save_file({"rows.weight": weights["rows.weight"][:48]}, ears / "adaptor.safetensors")
    assert "gives rows of 48 numbers and the language model takes 64" in refusal(ears)
    save_file({"other": np.zeros(3)}, ears / "adaptor.safetensors")
    assert "has no matrix `rows.weight`" in refusal(ears)


@pytest.mark.parametrize(
    ("layer", "side", "named"),
    [
        ("lower.weight", 0, "gives rows of 10 numbers and its next layer takes 16"),
        ("lower.weight", 1, "takes 10 numbers and the speech encoder gives 64"),
        ("meaning.weight", 0, "gives rows of 10 numbers and the language model takes 64"),
        ("table", 1, "takes 10 numbers and the language model gives 64"),
    ],
)
def test_an_adaptor_of_words_that_does_not_fit(
    words_bundle: Path, ears: Path, layer: str, side: int, named: str
) -> None:
    shutil.rmtree(ears)
    shutil.copytree(words_bundle, ears)
    weights = load_file(ears / "adaptor.safetensors")
    weights[layer] = np.ascontiguousarray(weights[layer].take(range(10), axis=side))
    save_file(weights, ears / "adaptor.safetensors")
    assert named in refusal(ears)


@pytest.mark.parametrize(
    ("layer", "side", "named"),
    [
        ("widen.weight", 0, "gives rows of 10 numbers and its gate takes 24"),
        ("widen.weight", 1, "takes 10 numbers and the speech encoder gives 256"),
        ("rows.weight", 0, "gives rows of 10 numbers and the language model takes 64"),
        ("rows.weight", 1, "takes 10 numbers and its gate gives 12"),
    ],
)
def test_an_adaptor_of_ultravox_that_does_not_fit(
    ultravox_bundle: Path, ears: Path, layer: str, side: int, named: str
) -> None:
    shutil.rmtree(ears)
    shutil.copytree(ultravox_bundle, ears)
    weights = load_file(ears / "adaptor.safetensors")
    weights[layer] = np.ascontiguousarray(weights[layer].take(range(10), axis=side))
    save_file(weights, ears / "adaptor.safetensors")
    assert named in refusal(ears)


def test_weights_of_something_else(ears: Path) -> None:
    save_file({"decoder.x": np.zeros(3)}, ears / "speech" / "model.safetensors")
    assert "holds no speech encoder" in refusal(ears)


def test_a_changed_encoder_is_noticed(ears: Path) -> None:
    path = ears / "speech" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert "model.safetensors was changed or damaged" in refusal(ears, sealed=False)
