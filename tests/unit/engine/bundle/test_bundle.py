"""Bundles that open, and bundles that don't: which check failed is in the message."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.bundle import (
    Bundle,
    RegionFacts,
    default_bundle,
    read_manifest,
    write_bundle,
)
from engine.errors import BundleError
from engine.media.image import ImageGeometry
from engine.types import Sampling
from tests.support.tiny_llama import write_tiny_llama

Edit = Callable[[Callable[[dict[str, Any]], None]], None]


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        Bundle.open(folder)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def reseal(folder: Path) -> None:
    """Hashes and sizes as they are now, so that only a later check can fail."""
    manifest = read_manifest(folder)
    plain = json.loads((folder / "bundle.json").read_text())
    for name in manifest.files:
        content = (folder / name).read_bytes()
        plain["files"][name] = {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    (folder / "bundle.json").write_text(json.dumps(plain))


def test_opens(tiny_bundle: Path) -> None:
    bundle = Bundle.open(tiny_bundle)
    manifest = bundle.manifest
    assert (manifest.name, manifest.n_embd, manifest.context) == ("tiny-efficientnet", 64, 1024)
    assert manifest.vision is not None
    assert manifest.vision.regions == RegionFacts(k=4, threshold=0.0, nms=0.6)
    assert manifest.vision.geometry == ImageGeometry(128, "squash", (127,) * 3, (128,) * 3)
    assert manifest.size == sum((tiny_bundle / name).stat().st_size for name in manifest.files)
    assert bundle.language_model.read_bytes()[:4] == b"GGUF"
    assert bundle.evaluation() == {"refer": {"scenes": 0.0}}


@pytest.mark.parametrize("fixture", ["tiny_vit_bundle", "llava_bundle", "blind_bundle"])
def test_opens_other_kinds(fixture: str, request: pytest.FixtureRequest) -> None:
    Bundle.open(request.getfixturevalue(fixture))


def test_written_manifest_reads_back(bundle: Path) -> None:
    manifest = replace(read_manifest(bundle), name="another", languages=("en", "fr"))
    assert write_bundle(bundle, manifest).manifest == read_manifest(bundle)
    assert sorted(path.name for path in bundle.iterdir()) == [
        "bundle.json", "evaluation.json", "llm.gguf", "projector.safetensors", "vision",
    ]  # fmt: skip


def test_a_bundle_that_would_not_open_is_not_written(bundle: Path) -> None:
    before = (bundle / "bundle.json").read_bytes()
    with pytest.raises(BundleError, match="n_embd"):
        write_bundle(bundle, replace(read_manifest(bundle), n_embd=63))
    assert (bundle / "bundle.json").read_bytes() == before


def test_sampling_of_a_task_says_only_what_differs(bundle: Path, change: Edit) -> None:
    rows = {"default": {"temperature": 0.5, "max_tokens": 99}, "caption": {"max_tokens": 7}}
    change(lambda plain: plain.update(sampling=rows))
    manifest = read_manifest(bundle)
    assert manifest.sampling_for("caption") == Sampling(temperature=0.5, max_tokens=7)
    assert manifest.sampling_for("chat") == Sampling(temperature=0.5, max_tokens=99)
    assert replace(manifest, sampling={}).sampling_for("chat") == Sampling()


def test_opening_loads_no_heavy_library(tiny_bundle: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.bundle import Bundle;"
        f"Bundle.open(Path({str(tiny_bundle)!r}));"
        "print([m for m in ('torch', 'transformers', 'llama_cpp', 'gguf') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_folder(tmp_path: Path) -> None:
    assert "no bundle folder" in refusal(tmp_path / "absent")


def test_folder_without_manifest(tmp_path: Path) -> None:
    assert "has no bundle.json" in refusal(tmp_path)


@pytest.mark.parametrize("text", ["{", "", "\xff", '{"a": ' * 50_000])
def test_manifest_that_is_not_json(bundle: Path, text: str) -> None:
    (bundle / "bundle.json").write_text(text, encoding="latin-1")
    assert "not valid JSON" in refusal(bundle)


@pytest.mark.parametrize("text", ["[]", "{}", '"x"', '{"schema": "1"}', '{"schema": true}'])
def test_manifest_that_is_something_else(bundle: Path, text: str) -> None:
    (bundle / "bundle.json").write_text(text)
    assert "`schema`" in refusal(bundle)


def test_newer_schema_asks_for_an_update(bundle: Path, change: Edit) -> None:
    change(lambda plain: plain.update(schema=2, some_new_key=1))
    assert "schema 2" in refusal(bundle)
    assert "update Sightline" in refusal(bundle)


def test_unknown_key_is_named(bundle: Path, change: Edit) -> None:
    change(lambda plain: plain["vision"].update(sied=320))
    assert "`vision.sied` is not known" in refusal(bundle)


def test_missing_key_is_named(bundle: Path, change: Edit) -> None:
    change(lambda plain: plain.pop("dialect"))
    assert "`dialect` is missing" in refusal(bundle)


def test_missing_key_of_speech_is_named(bundle: Path, change: Edit) -> None:
    change(lambda plain: plain.update(speech={"seconds": 30}))
    assert "`speech.longer` is missing" in refusal(bundle)


@pytest.mark.parametrize("name", ["llm.gguf", "vision/model.safetensors", "evaluation.json"])
def test_missing_file(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    assert f"{bundle / name} is missing" in refusal(bundle)


def test_truncated_file(bundle: Path) -> None:
    path = bundle / "llm.gguf"
    path.write_bytes(path.read_bytes()[:-1000])
    assert f"{path} is cut short" in refusal(bundle)


def test_longer_file(bundle: Path) -> None:
    path = bundle / "projector.safetensors"
    path.write_bytes(path.read_bytes() + b"x")
    assert f"{path} is changed" in refusal(bundle)


def test_changed_file_of_the_same_size(bundle: Path) -> None:
    path = bundle / "vision" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert f"{path} was changed or damaged" in refusal(bundle)


def test_file_not_listed(bundle: Path, change: Edit) -> None:
    change(lambda plain: plain["files"].pop("projector.safetensors"))
    assert "does not list projector.safetensors" in refusal(bundle)


@pytest.mark.parametrize(
    "name", ["../llm.gguf", "/etc/hostname", "vision/../../x.json", "", "a\\b"]
)
def test_path_out_of_the_bundle(bundle: Path, change: Edit, name: str) -> None:
    change(lambda plain: plain["files"].update({name: {"bytes": 1, "sha256": "0"}}))
    assert f"lists {name!r}, which is no path in a bundle" in refusal(bundle)


def test_link_out_of_the_bundle(bundle: Path, tmp_path: Path) -> None:
    path = bundle / "llm.gguf"
    shutil.move(path, tmp_path / "outside.gguf")
    path.symlink_to(tmp_path / "outside.gguf")
    assert f"{path} is a link out of the bundle" in refusal(bundle)


def test_folder_that_links_out_of_the_bundle(bundle: Path, tmp_path: Path) -> None:
    shutil.move(bundle / "vision", tmp_path / "outside")
    (bundle / "vision").symlink_to(tmp_path / "outside")
    assert "is a link out of the bundle" in refusal(bundle)


def test_link_to_the_bundle_itself_is_fine(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(bundle)
    Bundle.open(tmp_path / "link")


@pytest.mark.parametrize("name", ["weights.pt", "pytorch_model.bin", "modeling.py", "run.so"])
def test_what_could_run_is_refused(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(b"x")
    with pytest.raises(BundleError, match=f"{name} is of a kind that no bundle holds"):
        write_bundle(bundle, read_manifest(bundle))


def test_gguf_that_is_none(bundle: Path) -> None:
    (bundle / "llm.gguf").write_text("I am a letter to my aunt.")
    reseal(bundle)
    assert f"{bundle / 'llm.gguf'} is damaged or no GGUF file" in refusal(bundle)


@pytest.mark.parametrize("size", [0, 3, 24, 100, 3000])
def test_gguf_cut_in_its_header(bundle: Path, size: int) -> None:
    path = bundle / "llm.gguf"
    path.write_bytes(path.read_bytes()[:size])
    reseal(bundle)
    assert f"{path} is damaged or no GGUF file" in refusal(bundle)


def test_gguf_of_another_version(bundle: Path) -> None:
    path = bundle / "llm.gguf"
    path.write_bytes(b"GGUF" + (9).to_bytes(4, "little") + path.read_bytes()[8:])
    reseal(bundle)
    assert "version 9 is not known" in refusal(bundle)


def test_language_model_of_another_width(bundle: Path) -> None:
    (bundle / "llm.gguf").unlink()
    write_tiny_llama(bundle / "llm.gguf", n_embd=32)
    reseal(bundle)
    assert "rows of 32 numbers and the manifest says 64 (`n_embd`)" in refusal(bundle)


def test_context_longer_than_the_model_was_made_for(bundle: Path, change: Edit) -> None:
    change(lambda plain: plain.update(context=4096))
    assert "reads 1024 tokens and the manifest says 4096" in refusal(bundle)


def test_language_model_without_tokenizer(bundle: Path) -> None:
    path = bundle / "llm.gguf"
    path.write_bytes(path.read_bytes().replace(b"tokenizer.ggml.tokens", b"tokenizer.ggml.tokons"))
    reseal(bundle)
    assert "has no tokenizer" in refusal(bundle)


def resize(path: Path, name: str, *, rows: int | None = None, columns: int | None = None) -> None:
    tensors = load_file(path)
    height, width = tensors[name].shape
    tensors[name] = np.zeros((rows or height, columns or width), np.float32)
    save_file(tensors, path)


@pytest.mark.parametrize("name", ["patches.weight", "regions.weight"])
def test_projector_gives_rows_of_another_width(bundle: Path, name: str) -> None:
    resize(bundle / "projector.safetensors", name, rows=48)
    reseal(bundle)
    assert f"`{name}` gives rows of 48 numbers and the language model takes 64" in refusal(bundle)


@pytest.mark.parametrize(
    ("kind", "width"), [("tiny_bundle", 4 * 1280), ("tiny_vit_bundle", 4 * 32)]
)
def test_projector_takes_another_encoder(
    tmp_path: Path, kind: str, width: int, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(request.getfixturevalue(kind), folder)
    resize(folder / "projector.safetensors", "patches.weight", columns=100)
    reseal(folder)
    assert f"takes 100 numbers and the vision encoder gives {width}" in refusal(folder)


def test_projector_without_its_layer(bundle: Path) -> None:
    save_file({"other": np.zeros(3)}, bundle / "projector.safetensors")
    reseal(bundle)
    assert "has no matrix `patches.weight`" in refusal(bundle)


def test_projector_that_is_no_safetensors_file(bundle: Path) -> None:
    (bundle / "projector.safetensors").write_text("hello")
    reseal(bundle)
    assert "no safetensors file" in refusal(bundle)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "holds no JSON object"),
        ("{}", "does not say what the encoder is"),
        ('{"model_type": "vit"}', "does not say how wide"),
        ('{"kind": "efficientnet-lite0"}', "does not say what the region head is"),
    ],
)
def test_vision_config_that_can_not_be_used(bundle: Path, config: str, message: str) -> None:
    (bundle / "vision" / "config.json").write_text(config)
    reseal(bundle)
    assert message in refusal(bundle)


@pytest.mark.parametrize("kind", ["tiny_bundle", "tiny_vit_bundle"])
def test_vision_weights_that_are_no_safetensors_file(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(request.getfixturevalue(kind), folder)
    (folder / "vision" / "model.safetensors").write_text("hello")
    reseal(folder)
    assert f"{folder / 'vision/model.safetensors'} is damaged" in refusal(folder)


def test_vision_weights_of_something_else(bundle: Path) -> None:
    save_file({"encoder.x": np.zeros(3)}, bundle / "vision" / "model.safetensors")
    reseal(bundle)
    assert "holds no efficientnet-lite0" in refusal(bundle)


@pytest.fixture
def tiled(llava_bundle: Path, bundle: Path) -> Path:
    """A bundle that sees as LLaVA-1.6 does, in the other one's place, to be broken."""
    shutil.rmtree(bundle)
    shutil.copytree(llava_bundle, bundle)
    return bundle


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("second.weight", np.zeros((48, 64)), "`second.weight` gives rows of 48 numbers and the l"),
        ("second.weight", np.zeros((64, 48)), "`second.weight` takes 48 numbers and its first lay"),
        ("second.weight", None, "has no matrix `second.weight`"),
        ("newline", np.zeros(48), "has no row of 64 numbers `newline`"),
        ("newline", None, "has no row of 64 numbers `newline`"),
    ],
)
def test_a_projector_of_two_layers_that_does_not_fit(
    tiled: Path, name: str, value: np.ndarray | None, said: str
) -> None:
    path = tiled / "projector.safetensors"
    tensors = {key: tensor for key, tensor in load_file(path).items() if key != name}
    save_file(tensors if value is None else {**tensors, name: value}, path)
    reseal(tiled)
    assert said in refusal(tiled)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("layer", -4, "the vision encoder has 3 layers and `vision.layer` is -4"),
        ("layer", 0, "the vision encoder has 3 layers and `vision.layer` is 0"),
        ("tiles", {"sizes": []}, "`vision.tiles.sizes` must be whole tiles of 32 pixels"),
        ("tiles", {"sizes": [[32, 48]]}, "`vision.tiles.sizes` must be whole tiles of 32 pixels"),
        ("tiles", {"sizes": [[0, 32]]}, "`vision.tiles.sizes` must be whole tiles of 32 pixels"),
        ("projector", "square", "`vision.projector` must be 'linear' or 'mlp'"),
        ("resize", "stretch", "`vision.resize` must be 'squash'"),
    ],
)
def test_facts_of_llavas_eyes_that_can_not_be(
    tiled: Path, change: Edit, key: str, value: object, said: str
) -> None:
    change(lambda plain: plain["vision"].update({key: value}))
    assert said in refusal(tiled)


@pytest.mark.parametrize("key", ["side", "join"])
def test_facts_that_can_not_be(bundle: Path, change: Edit, key: str) -> None:
    change(lambda plain: plain["vision"].update({key: 0}))
    assert f"`vision.{key}` can't be 0" in refusal(bundle)


def test_unknown_template_and_dialect(bundle: Path, change: Edit) -> None:
    change(lambda plain: plain.update(dialect="klingon"))
    assert "`dialect` 'klingon'" in refusal(bundle)
    change(lambda plain: plain["prompt"].update(template="telegram"))
    assert "`prompt.template` 'telegram'" in refusal(bundle)


def test_evaluation_that_is_not_json(bundle: Path) -> None:
    (bundle / "evaluation.json").write_text("{")
    with pytest.raises(BundleError, match=r"evaluation.json is not valid JSON"):
        Bundle(bundle, read_manifest(bundle)).evaluation()


def test_default_bundle_is_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(tmp_path))
    assert default_bundle() == tmp_path


def test_default_bundle_is_the_checkouts_then_the_installed(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGHTLINE_BUNDLE", raising=False)
    monkeypatch.setattr("engine.bundle._CHECKOUT", tmp_path / "checkout")
    monkeypatch.setattr("engine.bundle.models_folder", lambda: tmp_path / "models")
    with pytest.raises(BundleError, match="run `make model`"):
        default_bundle()
    shutil.copytree(bundle, tmp_path / "models" / "sightline-mini")
    assert default_bundle() == tmp_path / "models" / "sightline-mini"
    shutil.copytree(bundle, tmp_path / "checkout" / "build" / "sightline-mini")
    assert default_bundle() == tmp_path / "checkout" / "build" / "sightline-mini"
