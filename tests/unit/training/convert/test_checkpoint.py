from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from training.convert.checkpoint import Checkpoint, check_tensors
from training.errors import ConversionError

WEIGHTS = {
    "half": torch.arange(6, dtype=torch.float16).reshape(2, 3),
    "whole": torch.tensor([0.1, 0.2]),
    "brain": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    "count": torch.tensor([3], dtype=torch.int64),
}


def write(folder: Path, form: str) -> Path:
    """The weights in one of the forms that they are published in."""
    match form:
        case "safetensors":
            save_file(WEIGHTS, folder / "w.safetensors")
            return folder / "w.safetensors"
        case "pth":
            torch.save(WEIGHTS, folder / "w.pth")
            return folder / "w.pth"
        case "training":
            torch.save({"model": WEIGHTS, "epoch": 3, "config": {"rate": 0.1}}, folder / "w.pth")
            return folder / "w.pth"
        case "folder":
            save_file(WEIGHTS, folder / "model.safetensors")
        case _:
            suffix = "safetensors" if form == "safetensors shards" else "bin"
            stem = "model" if suffix == "safetensors" else "pytorch_model"
            for number, name in enumerate(WEIGHTS):
                save: Any = save_file if suffix == "safetensors" else torch.save
                save({name: WEIGHTS[name]}, folder / f"{stem}-{number}.{suffix}")
            places = {name: f"{stem}-{n}.{suffix}" for n, name in enumerate(WEIGHTS)}
            index = folder / f"{stem}.{suffix}.index.json"
            index.write_text(json.dumps({"weight_map": places}))
    return folder


@pytest.mark.parametrize(
    "form", ["safetensors", "pth", "training", "folder", "safetensors shards", "bin shards"]
)
def test_every_form_gives_the_same(tmp_path: Path, form: str) -> None:
    found = Checkpoint.open(write(tmp_path, form))
    assert set(found.names()) == set(WEIGHTS)
    assert found.shape("half") == (2, 3)
    for name, tensor in WEIGHTS.items():
        values = found.read(name)
        assert values.dtype == (np.float16 if name == "half" else np.float32)
        assert values.tolist() == tensor.tolist()


def test_names_can_be_changed_and_left_out(tmp_path: Path) -> None:
    found = Checkpoint.open(write(tmp_path, "pth"))
    new = found.renamed({"half": "a", "whole": "b"}.get)
    assert new.shapes() == {"a": (2, 3), "b": (2,)}
    assert new.read("b").tolist() == WEIGHTS["whole"].tolist()
    with pytest.raises(ConversionError, match="is one more same"):
        found.renamed(lambda _: "same")
    with pytest.raises(ConversionError, match="no tensor half"):
        new.read("half")


class Opener:
    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("touched", "w"))


@pytest.mark.parametrize("name", ["w.pth", "w.bin", "w.safetensors"])
def test_a_pickle_that_runs_something_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"half": WEIGHTS["half"], "other": Opener()}, tmp_path / name)
    with pytest.raises(ConversionError, match=name):
        Checkpoint.open(tmp_path / name)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors", "w.npz"])
def test_what_is_no_checkpoint_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConversionError, match=name):
        Checkpoint.open(tmp_path / name)
    (tmp_path / name).write_bytes(b"neither weights nor anything else that is known")
    with pytest.raises(ConversionError, match=name):
        Checkpoint.open(tmp_path / name)
    with pytest.raises(ConversionError, match="holds no weights"):
        Checkpoint.open(tmp_path)


def test_a_file_that_is_cut_short_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "pth")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ConversionError, match=r"w\.pth can't be read"):
        Checkpoint.open(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1, 2], "holds no weights by name"),
        ({"model": {"half": WEIGHTS["half"]}, "surprise": 1}, "not known: surprise"),
        ({"half": WEIGHTS["half"], "rate": 0.5}, "not known: rate"),
    ],
)
def test_what_is_not_weights_is_not_passed_over(tmp_path: Path, content: Any, said: str) -> None:
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(ConversionError, match=said):
        Checkpoint.open(tmp_path / "w.pth")


def test_shards_that_lack_or_lie_elsewhere_are_named(tmp_path: Path) -> None:
    write(tmp_path, "bin shards")
    (tmp_path / "pytorch_model-1.bin").unlink()
    with pytest.raises(ConversionError, match=r"lacks pytorch_model-1\.bin"):
        Checkpoint.open(tmp_path)
    save_file(WEIGHTS, tmp_path.parent / "out.safetensors")
    index = {"weight_map": {"half": "../out.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ConversionError, match="elsewhere"):
        Checkpoint.open(tmp_path)


def test_every_tensor_that_is_not_as_expected_is_named() -> None:
    found = {"a": (2, 3), "b": (4,), "c": (1,)}
    check_tensors(found, dict(found), Path("w"))
    with pytest.raises(ConversionError) as said:
        check_tensors(found, {"a": (3, 2), "b": (4,), "d": (7,)}, Path("w"))
    for words in ("unknown: c (1,)", "missing: d (7,)", "misshapen: a (2, 3) instead of (3, 2)"):
        assert words in str(said.value)
