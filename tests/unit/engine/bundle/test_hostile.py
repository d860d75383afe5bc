"""Bundles that mean harm: each is refused with one sentence, and the others are still listed."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from engine.bundle import Bundle
from engine.bundle.headers import read_shapes
from engine.commands.models import list_models
from engine.errors import BundleError
from engine.shelf import Installed, installed
from engine.survey import survey
from tests.unit.engine.bundle.test_bundle import refusal, reseal

Edit = Callable[[Callable[[dict[str, Any]], None]], None]
MANIFEST = "bundle.json"


class Harm:
    """Unpickled, it writes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self._path, "harm")


def rewrite(bundle: Path, old: str, new: str) -> None:
    path = bundle / MANIFEST
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    "name",
    [
        "", "a\\b", "../x.json", "vision/../../x.json", "/etc/hostname", "C:\\x.json",
        "vision//x.json", "con.json", "a\x1b[2J.json", "x./y.json", "x" * 300 + ".json",
    ],
)  # fmt: skip
def test_names_of_files(bundle: Path, change: Edit, name: str) -> None:
    change(lambda plain: plain["files"].update({name: {"bytes": 1, "sha256": "0"}}))
    assert "which is no path in a bundle" in refusal(bundle)


def test_names_that_differ_in_case(bundle: Path, change: Edit) -> None:
    change(lambda plain: plain["files"].update({"LLM.gguf": plain["files"]["llm.gguf"]}))
    assert "'llm.gguf' in two spellings" in refusal(bundle)


def test_more_files_than_any_bundle_has(bundle: Path, change: Edit) -> None:
    many = {f"{number}.json": {"bytes": 1, "sha256": "0"} for number in range(2000)}
    change(lambda plain: plain["files"].update(many))
    assert "lists 2,00" in refusal(bundle)


def test_manifest_that_is_a_link_out_of_the_bundle(bundle: Path, tmp_path: Path) -> None:
    shutil.move(bundle / MANIFEST, tmp_path / "elsewhere.json")
    (bundle / MANIFEST).symlink_to(tmp_path / "elsewhere.json")
    assert "is a link out of the bundle" in refusal(bundle)


@pytest.mark.parametrize("name", [MANIFEST, "llm.gguf", "vision"])
def test_links_in_a_circle(bundle: Path, name: str) -> None:
    path = bundle / name
    shutil.move(path, path.with_name("other"))
    path.symlink_to(bundle / "circle")
    (bundle / "circle").symlink_to(path)
    refusal(bundle)


def test_links_within_the_bundle_are_fine(bundle: Path) -> None:
    shutil.move(bundle / "llm.gguf", bundle / "other.gguf")
    (bundle / "llm.gguf").symlink_to("other.gguf")
    Bundle.open(bundle)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
@pytest.mark.parametrize(
    "name", [MANIFEST, "llm.gguf", "vision/config.json", "vision/model.safetensors"]
)
def test_pipes_and_devices_don_t_hang_it(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    os.mkfifo(bundle / name)
    refusal(bundle)
    (bundle / name).unlink()
    (bundle / name).symlink_to("/dev/zero")
    refusal(bundle)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("weights.bin", "pickle"), ("vision/pytorch_model.bin", "pickle"), ("speech.PTH", "pickle"),
     ("modeling.py", "code")],
)  # fmt: skip
def test_what_could_be_unpickled_or_run_beside_the_files(
    bundle: Path, name: str, kind: str
) -> None:
    (bundle / name).write_bytes(b"x")
    assert f"{bundle / name} is of a kind that no bundle holds" in refusal(bundle)


def test_texts_beside_the_files_are_fine(bundle: Path) -> None:
    (bundle / ".DS_Store").write_bytes(b"x")
    (bundle / "notes.txt").write_text("mine")
    Bundle.open(bundle)


@pytest.mark.parametrize("form", ["pickle", "zip", "npz"])
@pytest.mark.parametrize(
    "name", ["vision/model.safetensors", "projector.safetensors", "llm.gguf", "vision/config.json"]
)
def test_pickles_in_disguise(bundle: Path, tmp_path: Path, name: str, form: str) -> None:
    harm = tmp_path / "harmed"
    path = bundle / name
    if form == "pickle":
        path.write_bytes(pickle.dumps(Harm(harm)))
    elif form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Harm(harm)))
    else:
        with path.open("wb") as file:
            np.savez(file, np.array([Harm(harm)], dtype=object), allow_pickle=True)
    reseal(bundle)
    assert str(path) in refusal(bundle)
    assert not harm.exists()


def test_a_manifest_as_large_as_a_disk(bundle: Path) -> None:
    with (bundle / MANIFEST).open("r+b") as file:
        file.truncate(1 << 40)
    assert "longer than" in refusal(bundle)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(bundle: Path, number: str) -> None:
    rewrite(bundle, '"nms": 0.6', f'"nms": {number}')
    assert "not valid JSON" in refusal(bundle)


def test_keys_that_are_there_twice(bundle: Path) -> None:
    rewrite(bundle, '"schema": 1,', '"schema": 1, "schema": 1,')
    assert "not valid JSON" in refusal(bundle)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"schema":' * 100_000, "9" * 100_000, '{"schema": 1' + "0" * 9999 + "}"],
)
def test_json_that_is_absurd(bundle: Path, text: str) -> None:
    (bundle / MANIFEST).write_text(text)
    refusal(bundle)


ABSURD: list[tuple[str, Any]] = [
    ("vision.side", 1_000_000_000), ("vision.side", -1), ("vision.join", 1_000_000_000),
    ("vision.std", [0.0, 1.0, 1.0]), ("vision.std", [1.0, -1.0, 1.0]),
    ("vision.regions.k", 1_000_000_000), ("vision.tiles", {"sizes": [[1 << 40, 128]]}),
    ("context", 10**18), ("context", -1), ("n_embd", 10**18), ("schema", 10**18), ("schema", 0),
    ("name", "x" * 10_000), ("name", "\x1b[2Jgone"), ("name", "two\nlines"), ("licence", "\x07"),
    ("version", "\u202e1"), ("languages", ["en", "\x1b]0;title\x07"]), ("name", 3), ("files", []),
    ("files", {"llm.gguf": {"bytes": -1, "sha256": ""}}), ("vision", "yes"), ("tasks", "chat"),
    ("sampling", {"default": 1}), ("prompt", {"template": "{{ x }}"}), ("dialect", "\x1b[2J"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), ABSURD)
def test_facts_that_are_absurd(bundle: Path, change: Edit, key: str, value: Any) -> None:
    def edit(plain: dict[str, Any]) -> None:
        *above, last = key.split(".")
        for name in above:
            plain = plain[name]
        plain[last] = value

    change(edit)
    assert refusal(bundle).isprintable()


def test_safetensors_that_lie(bundle: Path) -> None:
    path = bundle / "projector.safetensors"
    sound = {"patches.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}

    def write(header: Any, data: bytes = bytes(16), length: int | None = None) -> None:
        raw = json.dumps(header).encode()
        said = len(raw) if length is None else length
        path.write_bytes(said.to_bytes(8, "little") + raw + data)

    def with_(**changes: Any) -> dict[str, Any]:
        return {"patches.weight": {**sound["patches.weight"], **changes}}

    write(sound)
    assert read_shapes(path) == {"patches.weight": (2, 2)}
    lies = {
        "a shape that is too large": with_(shape=[1 << 40, 1 << 40]),
        "a shape that is negative": with_(shape=[-1, 2]),
        "a shape of one number": with_(shape=4),
        "offsets past the end": with_(data_offsets=[0, 1 << 40]),
        "offsets the wrong way round": with_(data_offsets=[16, 0]),
        "a type that is none": with_(dtype="O"),
        "tensors one over the other": {**sound, "other": sound["patches.weight"]},
        "no object": [1, 2],
        "deep": json.loads("[" * 400 + "]" * 400),
    }
    for header in lies.values():
        write(header)
        with pytest.raises(BundleError, match="no safetensors file"):
            read_shapes(path)
    for length in (1 << 63, (1 << 64) - 1, 200_000_000, 3):
        write(sound, length=length)
        with pytest.raises(BundleError, match="no safetensors file"):
            read_shapes(path)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_safetensors_changed_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"a": np.zeros((2, 3), np.float32), "b": np.zeros(4, np.float16)}, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + 1] = data.draw(st.binary(max_size=3))
    path.write_bytes(content)
    try:
        shapes = read_shapes(path)
    except BundleError:
        return
    assert sum(int(np.prod(shape)) for shape in shapes.values()) * 1 <= len(content)


@pytest.fixture
def shelf_of_harm(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Path]:
    """The models folder with a good bundle between bad ones."""
    folder = tmp_path / "models"
    monkeypatch.setattr("engine.shelf.models_folder", lambda: folder)
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(tmp_path / "absent"))
    names = ("deep", "empty", "good", "huge", "link", "pipe", "piped", "figures", "evil\x1b[2J")
    paths = {name: folder / name for name in names}
    for name, path in paths.items():
        if name == "empty":
            path.mkdir(parents=True)
        else:
            shutil.copytree(tiny_bundle, path)
    (paths["deep"] / MANIFEST).write_text("[" * 100_000)
    with (paths["huge"] / MANIFEST).open("r+b") as file:
        file.truncate(1 << 40)
    (paths["link"] / MANIFEST).unlink()
    (paths["link"] / MANIFEST).symlink_to("/etc/hostname")
    for name, file_name in (("pipe", MANIFEST), ("piped", "llm.gguf")):
        (paths[name] / file_name).unlink()
        os.mkfifo(paths[name] / file_name)
    rows = [
        {"value": "x"},
        {"value": None},
        {"value": 1, "n": "x"},
        3,
        {"name": "\x1b[2J", "value": 1},
    ]
    (paths["figures"] / "evaluation.json").write_text(json.dumps({"results": rows}))
    return paths


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
def test_the_others_are_still_listed(shelf_of_harm: dict[str, Path]) -> None:
    fine = {found.path.name for found in installed() if found.error is None}
    assert fine == {"good", "piped", "figures", "evil\x1b[2J"}
    refused: list[Installed] = [found for found in installed() if found.error is not None]
    assert all(found.error and found.error.endswith(".") for found in refused)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
def test_the_window_hears_of_each(shelf_of_harm: dict[str, Path]) -> None:
    """By `models list --json`: facts of the good ones, a sentence of each other one."""
    found = {model.path.name: model for model in survey().models}
    assert set(found) == {*shelf_of_harm, "absent"}
    assert {name for name, model in found.items() if model.error is None} == {
        "good", "figures", "evil\x1b[2J",
    }  # fmt: skip
    assert [figure.name for figure in found["figures"].measured] == ["[2J"]
    assert "special" in (found["piped"].error or "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
def test_the_terminal_obeys_none_of_them(
    shelf_of_harm: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_models(Namespace(json=False)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(shelf_of_harm) + 1 and all(map(str.isprintable, lines))
    assert sum("can't be used: " in line for line in lines) == 6
