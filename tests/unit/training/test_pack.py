from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest

from training import pack as packing
from training.errors import DataError
from training.pack import PackConfig, UnpackConfig, pack, unpack


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Megabytes of a thousand bytes, so that a few kilobytes fill several volumes."""
    monkeypatch.setattr(packing, "_MEGABYTE", 1000)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "stage1"
    (folder / "log").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(random.Random(0).randbytes(70_000))
    (folder / "log" / "metrics.jsonl").write_text('{"step": 1}\n')
    return folder


def take(out: Path, *runs: Path, limit_mb: int = 20) -> PackConfig:
    return PackConfig(out=out, runs=runs, code=False, parts=(), limit_mb=limit_mb)


@pytest.mark.usefixtures("small")
def test_a_run_comes_back_as_it_was(tmp_path: Path, run: Path) -> None:
    volumes = pack(take(tmp_path / "away", run))
    assert len(volumes) == 5
    assert all(volume.stat().st_size <= 20_000 for volume in volumes)
    assert unpack(UnpackConfig(archives=tmp_path / "away", into=tmp_path / "there")) == 2
    back = tmp_path / "there" / "runs" / "stage1"
    assert (back / "model.safetensors").read_bytes() == (run / "model.safetensors").read_bytes()
    assert (back / "log" / "metrics.jsonl").read_text() == '{"step": 1}\n'


@pytest.mark.usefixtures("small")
def test_the_same_run_gives_the_same_bytes(tmp_path: Path, run: Path) -> None:
    first = [path.read_bytes() for path in pack(take(tmp_path / "one", run))]
    second = [path.read_bytes() for path in pack(take(tmp_path / "two", run))]
    assert first == second


@pytest.mark.usefixtures("small")
def test_tar_alone_unpacks_it(tmp_path: Path, run: Path) -> None:
    volumes = pack(take(tmp_path / "away", run))
    joined = b"".join(path.read_bytes() for path in volumes)
    subprocess.run(["tar", "x", "-C", tmp_path], input=joined, check=True)
    found = tmp_path / "runs" / "stage1" / "model.safetensors"
    assert found.read_bytes() == (run / "model.safetensors").read_bytes()


@pytest.mark.usefixtures("small")
def test_older_and_longer_volumes_are_gone(tmp_path: Path, run: Path) -> None:
    pack(take(tmp_path / "away", run))
    (run / "model.safetensors").write_bytes(b"short")
    assert [path.name for path in pack(take(tmp_path / "away", run))] == ["pack.tar.000"]
    assert sorted(path.name for path in (tmp_path / "away").iterdir()) == [
        "pack.json",
        "pack.tar.000",
    ]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_nothing_is_unpacked_from_damaged_volumes(tmp_path: Path, run: Path, damage: str) -> None:
    volumes = pack(take(tmp_path / "away", run))
    if damage == "missing":
        volumes[2].unlink()
    else:
        volumes[2].write_bytes(b"x" * volumes[2].stat().st_size)
    with pytest.raises(DataError, match=r"pack\.tar\.002"):
        unpack(UnpackConfig(archives=tmp_path / "away", into=tmp_path / "there"))
    assert not (tmp_path / "there").exists()


def test_a_folder_without_an_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pack\.json"):
        unpack(UnpackConfig(archives=tmp_path))


def test_a_missing_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        pack(take(tmp_path / "away", tmp_path / "nowhere"))


def test_a_name_that_leads_out_is_refused(tmp_path: Path) -> None:
    import hashlib
    import tarfile

    archive = tmp_path / "pack.tar.000"
    with tarfile.open(archive, "w") as tar:
        tar.add(Path(__file__), arcname="../escaped.py")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    index = {"volumes": [{"name": archive.name, "bytes": 0, "sha256": digest}]}
    (tmp_path / "pack.json").write_text(json.dumps(index))
    with pytest.raises(DataError, match="leads out"):
        unpack(UnpackConfig(archives=tmp_path, into=tmp_path / "there"))
    assert not (tmp_path / "escaped.py").exists()


def test_code_and_photographs_have_their_places(tmp_path: Path) -> None:
    photos = tmp_path / "somewhere"
    photos.mkdir()
    (photos / "set-000.tar").write_bytes(b"shard")
    config = PackConfig(out=tmp_path / "away", parts=(), photos=photos)
    pack(config)
    unpack(UnpackConfig(archives=config.out, into=tmp_path / "there"))
    assert (tmp_path / "there" / "photos" / "set-000.tar").read_bytes() == b"shard"
    assert (tmp_path / "there" / "training" / "pack.py").is_file()
    assert not list((tmp_path / "there").rglob("__pycache__"))
