"""From a repository on a hub of ours to a model in the models folder, in this process."""

from __future__ import annotations

import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from engine.bundle import Bundle
from engine.catalogue import Entry, RemoteFile
from engine.errors import BundleError, HubError, ResourceError
from engine.hub.install import install
from engine.hub.meter import Meter
from engine.hub.places import download_folder
from engine.hub.progress import Done, Progress
from engine.hub.repository import Hub
from engine.hub.wanted import Wanted, read_wanted
from engine.shelf import best_whisper, installed, is_whisper
from tests.support.hub_models import MMPROJ, MODEL, contents, owl, whisper
from tests.support.hub_server import COMMIT, HubServer

OWL = Wanted(name="owl", repository="a/owl", revision=None)


@pytest.fixture(scope="module")
def pair() -> dict[str, bytes]:
    return owl()


@pytest.fixture
def server(hub: HubServer, models: Path, pair: dict[str, bytes]) -> HubServer:
    """The hub with a pair of GGUF files."""
    hub.files["a/owl"] = dict(pair)
    return hub


def run(server: HubServer, wanted: Wanted = OWL) -> tuple[Done, list[Progress]]:
    told: list[Progress] = []
    return install(wanted, Hub(server.address), Meter(told.append)), told


def test_a_pair_of_gguf_becomes_a_bundle(server: HubServer, models: Path) -> None:
    done, told = run(server)
    assert done == Done(models / "owl", "owl")
    bundle = Bundle.open(done.installed)
    assert bundle.manifest.name == "owl" and bundle.manifest.sees
    assert bundle.language_model.read_bytes() == server.files["a/owl"][MODEL]
    assert [one.stage for one in told if one.file is None] == [
        "check", "download", "verify", "import",
    ]  # fmt: skip
    assert told[-1].total == sum(len(server.files["a/owl"][name]) for name in (MODEL, MMPROJ))
    # Nothing else was asked for, and nothing stays behind.
    asked = {request.path.rpartition("/")[2] for request in server.asked}
    assert asked == {"owl?blobs=true", MODEL, MMPROJ}
    assert not download_folder("owl").exists()
    assert [path.name for path in models.iterdir() if path.is_dir()] == [".downloads", "owl"]
    assert [found.path.name for found in installed() if not found.default] == ["owl"]


def test_a_model_in_parts(server: HubServer, tmp_path: Path) -> None:
    from tests.unit.engine.hub.test_shards import write

    write(tmp_path / "x-Q4_K_M.gguf", per_part=2)
    parts = {path.name: path.read_bytes() for path in tmp_path.glob("x-*.gguf")}
    assert len(parts) == 3
    server.files["a/x"] = parts
    # Joined, it is read as a whole; this one is no model that could be used.
    with pytest.raises(BundleError, match=r"joined\.gguf"):
        run(server, read_wanted("a/x"))


def test_a_whisper(server: HubServer, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGHTLINE_WHISPER", raising=False)
    server.files["a/whisper-big"] = whisper()
    done, _ = run(server, read_wanted("a/whisper-big"))
    assert done == Done(models / "whisper-big", "whisper-big")
    assert is_whisper(done.installed)
    assert set(contents(done.installed)) == set(whisper()) - {"pytorch_model.bin", "README.md"}
    assert best_whisper() == done.installed
    assert [found.path.name for found in installed() if not found.default] == []


def test_another_speech_model_is_refused_before_its_weights_come(server: HubServer) -> None:
    server.files["a/parakeet"] = whisper("parakeet")
    with pytest.raises(HubError, match="a/parakeet holds a checkpoint that is no Whisper"):
        run(server, read_wanted("a/parakeet"))
    assert server.sent("model.safetensors") == []


def test_a_bundle(server: HubServer, models: Path, tiny_bundle: Path) -> None:
    server.files["a/tiny"] = {**contents(tiny_bundle), "README.md": b"# Tiny", "run.py": b"x"}
    done, _ = run(server, read_wanted("a/tiny"))
    assert done == Done(models / "tiny-efficientnet", "tiny-efficientnet")
    assert contents(done.installed) == contents(tiny_bundle)
    server.asked.clear()
    with pytest.raises(HubError, match="model tiny-efficientnet is installed already; remove it"):
        run(server, read_wanted("a/tiny"))
    assert server.sent("llm.gguf") == []


def test_dropped_connections(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.hub.download.time.sleep", lambda seconds: None)
    server.cuts += [3000, 4000, 5000]
    done, _ = run(server)
    Bundle.open(done.installed)
    ranges = [asked for asked, _ in server.sent(MODEL)]
    assert ranges == [None, "bytes=3000-", "bytes=7000-", "bytes=12000-"]
    size = len(server.files["a/owl"][MODEL])
    assert sum(count for _, count in server.sent(MODEL)) == size


def test_a_wrong_checksum(server: HubServer, models: Path) -> None:
    server.lies.add(MODEL)
    with pytest.raises(HubError, match=f"{MODEL} is damaged.*it was deleted"):
        run(server)
    folder = download_folder("owl") / COMMIT
    assert [path.name for path in folder.iterdir()] == [MMPROJ]
    assert not (models / "owl").exists()
    # The next try fetches that file alone.
    server.lies.clear()
    server.asked.clear()
    Bundle.open(run(server)[0].installed)
    assert server.sent(MMPROJ) == [] and len(server.sent(MODEL)) == 1


def test_a_small_file_is_checked_too(server: HubServer, models: Path) -> None:
    server.files["a/whisper-big"] = whisper()
    server.lies.add("vocab.json")
    with pytest.raises(HubError, match=r"vocab\.json is damaged"):
        run(server, read_wanted("a/whisper-big"))
    assert not (models / "whisper-big").exists()


_Usage = namedtuple("_Usage", ("total", "used", "free"))


def test_a_disk_with_too_little_room(
    server: HubServer, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "engine.hub.install.shutil.disk_usage", lambda path: _Usage(2e9, 2e9, 1_000_000)
    )
    with pytest.raises(ResourceError, match=r"has 1 MB free; make \d+ MB of room"):
        run(server)
    assert server.sent(MODEL) == []


def test_what_lies_there_needs_no_room(
    server: HubServer, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = download_folder("owl") / COMMIT
    folder.mkdir(parents=True)
    (folder / MODEL).write_bytes(server.files["a/owl"][MODEL])
    left = len(server.files["a/owl"][MMPROJ])
    monkeypatch.setattr(
        "engine.hub.install.shutil.disk_usage", lambda path: _Usage(2e9, 0, left + 100_000_000)
    )
    _, told = run(server)
    assert next(one for one in told if one.stage == "download").done == len(
        server.files["a/owl"][MODEL]
    )
    assert server.sent(MODEL) == []


def test_what_came_of_another_commit_is_deleted(server: HubServer, models: Path) -> None:
    old = download_folder("owl") / ("f" * 40)
    old.mkdir(parents=True)
    (old / f"{MODEL}.part").write_bytes(b"old")
    server.lies.add(MODEL)
    with pytest.raises(HubError):
        run(server)
    assert not old.exists()


def test_two_at_once(server: HubServer, models: Path) -> None:
    from filelock import FileLock

    download_folder("owl").parent.mkdir(parents=True)
    with (
        FileLock(download_folder("owl").with_name("owl.lock")),
        pytest.raises(HubError, match="owl is being installed already"),
    ):
        run(server)
    assert server.asked == []
    run(server)


def test_a_model_that_can_not_be_used_is_not_installed(server: HubServer, models: Path) -> None:
    server.files["a/owl"][MODEL] = b"no model" * 1000
    with pytest.raises(BundleError):
        run(server)
    assert not (models / "owl").exists()


def test_a_models_folder_that_can_not_be_made(server: HubServer, models: Path) -> None:
    models.parent.mkdir(parents=True)
    models.write_text("in the way")
    with pytest.raises(ResourceError, match=f"owl can't be put in {models}"):
        run(server)


def test_an_entry_of_the_catalogue(server: HubServer, models: Path) -> None:
    entry = Entry(
        title="Owl", purpose={"en": "It sees."}, kind="gguf", senses=("pictures",),
        languages=("en", "zh"), licence="MIT", repository="a/owl", revision=COMMIT,
        files=(RemoteFile(name=MODEL), RemoteFile(name=MMPROJ)),
    )  # fmt: skip
    wanted = Wanted(name="my-owl", repository="a/owl", revision=COMMIT, entry=entry)
    done, _ = run(server, wanted)
    assert done == Done(models / "my-owl", "my-owl")
    manifest = Bundle.open(done.installed).manifest
    assert (manifest.licence, manifest.languages) == ("MIT", ("en", "zh"))
    assert server.asked[0].path == f"/api/models/a/owl/revision/{COMMIT}?blobs=true"
    shutil.rmtree(done.installed)
    changed = replace(entry, files=(RemoteFile(name=MODEL, sha256="0" * 64), entry.files[1]))
    with pytest.raises(HubError, match="is another file now; update Sightline"):
        run(server, replace(wanted, entry=changed))
