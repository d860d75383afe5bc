"""What of a model is among files that are brought, and what can be imported of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.models.dropped import Brought, ModelError, brought, is_model


def _file(path: Path, size: int = 4) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF"[:size].ljust(size))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the hub has them: two models, and a projector for each."""
    made = tmp_path / "models"
    for name in (
        "eyes-3B-Q4.gguf",
        "ears-7B-Q4.gguf",
        "mmproj-eyes-3B.gguf",
        "mmproj-ears-7B.gguf",
    ):
        _file(made / name)
    (made / "README.md").touch()
    (made / "folder.gguf").mkdir()
    return made


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("a.gguf", True),
        ("A.GGUF", True),
        ("model.safetensors", True),
        ("consolidated.00.pth", True),
        ("bundle.json", True),
        ("a.png", False),
        ("notes.json", False),
    ],
)
def test_what_is_rather_a_model_than_a_picture(tmp_path: Path, name: str, model: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert not is_model(folder)
    path = _file(folder / name)
    assert is_model(path) == is_model(folder) == model
    assert not is_model(tmp_path)


def test_two_files_that_are_brought_together(folder: Path) -> None:
    model, projector = folder / "eyes-3B-Q4.gguf", folder / "mmproj-eyes-3B.gguf"
    for files in ([model, projector], [projector, model]):
        assert brought(files) == Brought((model,), (projector,))


def test_a_model_alone_has_the_projectors_beside_it_the_likeliest_first(folder: Path) -> None:
    model = folder / "eyes-3B-Q4.gguf"
    likely, other = folder / "mmproj-eyes-3B.gguf", folder / "mmproj-ears-7B.gguf"
    assert brought([model]) == Brought((model,), (likely, other))
    likely.unlink()
    other.unlink()
    assert brought([model]) == Brought((model,), ())


def test_a_projector_alone_has_the_models_beside_it(folder: Path) -> None:
    projector = folder / "mmproj-ears-7B.gguf"
    found = brought([projector])
    assert found.models == (folder / "ears-7B-Q4.gguf", folder / "eyes-3B-Q4.gguf")
    assert found.projectors[0] == projector


def test_a_folder_has_all_that_is_in_it(folder: Path) -> None:
    found = brought([folder])
    assert [path.name for path in found.models] == ["ears-7B-Q4.gguf", "eyes-3B-Q4.gguf"]
    assert found.projectors[0].name == "mmproj-ears-7B.gguf" and len(found.projectors) == 2


def test_the_smaller_of_two_that_say_nothing_is_the_projector(tmp_path: Path) -> None:
    large, small = _file(tmp_path / "a.gguf", 900), _file(tmp_path / "b.gguf", 90)
    assert brought([small, large]) == Brought((large,), (small,))


def test_what_is_no_model_is_said_in_one_sentence(tmp_path: Path) -> None:
    lone, checkpoint = tmp_path / "lone", tmp_path / "llava"
    projector = _file(lone / "mmproj-f16.gguf")
    weights = _file(checkpoint / "model-00001-of-00003.safetensors")
    for paths, sentence in (
        ([tmp_path], f"There is no model in {tmp_path.name}: it holds neither"),
        ([projector], "mmproj-f16.gguf is the projector of a model alone"),
        ([weights], "model-00001-of-00003.safetensors is a checkpoint for training"),
        ([checkpoint], "llava is a checkpoint for training"),
        ([tmp_path / "gone.gguf"], "gone.gguf"),
    ):
        with pytest.raises(ModelError, match=sentence):
            brought(paths)


def test_a_folder_that_can_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", closed)
    with pytest.raises(ModelError, match=r"models can't be read: Permission denied\."):
        brought([folder])
    assert not is_model(folder)
