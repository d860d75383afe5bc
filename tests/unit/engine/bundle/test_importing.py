"""GGUF files become bundles, or are refused with one sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from gguf import GGUFWriter

from engine.bundle import Bundle, read_manifest
from engine.bundle.importing import import_folder, import_gguf
from engine.errors import BundleError
from tests.support.tiny_llama import CONTEXT, N_EMBD, write_tiny_llama

TEMPLATE = "{% for m in messages %}{{ m.content }}{% endfor %}"


def write_projector(
    path: Path, kind: str = "gemma3", *, n_embd: int = N_EMBD, senses: tuple[str, ...] = ("vision",)
) -> Path:
    """The header of an mmproj file; no weights."""
    writer = GGUFWriter(path, "clip")
    writer.add_string("clip.projector_type", kind)
    for sense in senses:
        writer.add_bool(f"clip.has_{sense}_encoder", True)
        writer.add_uint32(f"clip.{sense}.projection_dim", n_embd)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A language model with a chat template."""
    path = tmp_path / "model.gguf"
    write_tiny_llama(path, template=TEMPLATE)
    return path


def refusal(gguf: Path, mmproj: Path | None, into: Path) -> str:
    with pytest.raises(BundleError) as caught:
        import_gguf(gguf, mmproj, into=into)
    assert list(into.glob(".*")) == []
    return str(caught.value)


def test_a_model_and_its_mmproj_are_a_bundle(gguf: Path, tmp_path: Path) -> None:
    mmproj = write_projector(tmp_path / "proj.gguf")
    bundle = import_gguf(gguf, mmproj, into=tmp_path / "models")
    assert bundle.path == tmp_path / "models" / "tiny-random-llama"
    assert Bundle.open(bundle.path) == bundle
    manifest = bundle.manifest
    assert (manifest.name, manifest.context, manifest.n_embd) == (
        "tiny random llama", CONTEXT, N_EMBD,
    )  # fmt: skip
    assert (manifest.sees, manifest.hears, manifest.mmproj) == (True, False, True)
    assert manifest.prompt.template == "gguf"
    assert manifest.tasks == ("chat", "vqa", "caption")
    assert bundle.language_model.samefile(gguf)
    assert gguf.exists() and mmproj.exists()


def test_a_model_alone_neither_sees_nor_hears(gguf: Path, tmp_path: Path) -> None:
    manifest = import_gguf(gguf, None, into=tmp_path / "models", name="My Model!").manifest
    assert (manifest.name, manifest.sees, manifest.hears) == ("My Model!", False, False)
    assert (tmp_path / "models" / "my-model" / "llm.gguf").exists()


def test_an_mmproj_that_hears(gguf: Path, tmp_path: Path) -> None:
    mmproj = write_projector(tmp_path / "proj.gguf", "ultravox", senses=("audio",))
    manifest = import_gguf(gguf, mmproj, into=tmp_path / "models").manifest
    assert (manifest.sees, manifest.hears) == (False, True)
    assert manifest.tasks == ("chat", "transcribe")


def test_a_link_to_a_file_is_followed(gguf: Path, tmp_path: Path) -> None:
    (tmp_path / "link.gguf").symlink_to(gguf)
    bundle = import_gguf(tmp_path / "link.gguf", None, into=tmp_path / "models")
    assert not bundle.language_model.is_symlink()


def test_how_far_it_is_is_told_byte_by_byte(gguf: Path, tmp_path: Path) -> None:
    mmproj = write_projector(tmp_path / "proj.gguf")
    told: list[tuple[int, int]] = []
    into = tmp_path / "models"
    bundle = import_gguf(gguf, mmproj, into=into, told=lambda *how_far: told.append(how_far))
    total = 2 * (gguf.stat().st_size + mmproj.stat().st_size)
    assert told[0] == (0, total) and told[-1] == (total, total)
    assert told == sorted(told)
    told.clear()
    import_folder(bundle.path, into=tmp_path / "other", told=lambda *how_far: told.append(how_far))
    assert told[0] == (0, total // 2) and told[-1] == (total // 2, total // 2)


def test_where_no_link_can_be_made_it_is_copied(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_disk(*_paths: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", other_disk)
    bundle = import_gguf(gguf, None, into=tmp_path / "models")
    assert not bundle.language_model.samefile(gguf)
    assert bundle.language_model.read_bytes() == gguf.read_bytes()


def test_what_can_not_be_imported(gguf: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    mmproj = write_projector(tmp_path / "proj.gguf", n_embd=32)
    assert "rows of 32 numbers" in refusal(gguf, mmproj, models)
    assert "no language model" in refusal(mmproj, None, models)
    assert "no projector file" in refusal(gguf, gguf, models)
    unfit = write_projector(tmp_path / "unfit.gguf", "hunyuanvl")
    assert "can't use (hunyuanvl)" in refusal(gguf, unfit, models)
    empty = write_projector(tmp_path / "empty.gguf", senses=())
    assert "neither a vision nor" in refusal(gguf, empty, models)
    assert "can't be read" in refusal(tmp_path / "none.gguf", None, models)
    part = tmp_path / "big-00001-of-00002.gguf"
    shutil.copyfile(gguf, part)
    assert "one part of several" in refusal(part, None, models)
    write_tiny_llama(tmp_path / "base.gguf")
    assert "no chat template" in refusal(tmp_path / "base.gguf", None, models)
    import_gguf(gguf, None, into=models)
    assert "already" in refusal(gguf, None, models)


def test_a_folder_of_ggufs(gguf: Path, tmp_path: Path) -> None:
    write_projector(tmp_path / "mmproj-f16.gguf")
    bundle = import_folder(tmp_path, into=tmp_path / "models")
    assert bundle.manifest.sees
    shutil.copyfile(gguf, tmp_path / "other.gguf")
    with pytest.raises(BundleError, match=r"more than one language model \(model.gguf, other"):
        import_folder(tmp_path, into=tmp_path / "models")
    with pytest.raises(BundleError, match="no model"):
        import_folder(tmp_path / "models", into=tmp_path)
    with pytest.raises(BundleError, match="no folder"):
        import_folder(tmp_path / "nowhere", into=tmp_path)


def test_a_bundles_folder(tiny_bundle: Path, tmp_path: Path) -> None:
    bundle = import_folder(tiny_bundle, into=tmp_path)
    assert bundle.path == tmp_path / "tiny-efficientnet"
    assert read_manifest(bundle.path) == read_manifest(tiny_bundle)
    assert Bundle.open(bundle.path) == bundle
    with pytest.raises(BundleError, match="already"):
        import_folder(tiny_bundle, into=tmp_path)
