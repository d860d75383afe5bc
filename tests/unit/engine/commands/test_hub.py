"""`sightline models catalogue`, `install` and `remove`, with a hub of ours in place of the hub."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import cli
from engine.catalogue import entries
from engine.commands.hub import _in_words
from engine.hub.places import download_folder
from engine.hub.progress import Done, Failed, Progress, from_line
from tests.support.hub_models import MODEL, owl
from tests.support.hub_server import HubServer, serving
from tests.support.only_here import allow_only_here

FINE, FAILED, WRONG_USAGE, NO_BUNDLE = 0, 1, 2, 3


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty models folder, and a default bundle that is not there."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(tmp_path / "default"))
    monkeypatch.setattr("engine.bundle.hashes.remembered_at", lambda: tmp_path / "hashes.json")
    return tmp_path / "data" / "sightline" / "models"


@pytest.fixture
def server(models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    from huggingface_hub import close_session, constants

    allow_only_here(monkeypatch.setattr)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    with serving(HubServer({"a/owl": owl()})) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        url = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url)
        yield hub
    close_session()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error of `sightline models ...`."""
    try:
        code = cli.main(["models", *words])
    except SystemExit as ended:
        code = int(ended.code or 0)
    output = capsys.readouterr()
    return code, output.out, output.err


def test_catalogue(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "catalogue")
    assert (code, err) == (FINE, "")
    first, *_ = out.splitlines()
    assert first.split()[:3] == ["smolvlm2-500m", "546", "MB"] and len(out.splitlines()) == 8
    (models / "whisper-small").mkdir(parents=True)
    (models / "whisper-small" / "config.json").write_text('{"model_type": "whisper"}')
    assert "* whisper-small" in run(capsys, "catalogue")[1]
    plain = json.loads(run(capsys, "catalogue", "--json")[1])
    assert [offer["name"] for offer in plain["models"]] == list(entries())
    small = next(offer for offer in plain["models"] if offer["name"] == "whisper-small")
    assert small["installed"] == str(models / "whisper-small")


def test_install_tells_json_lines(
    server: HubServer, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "install", "a/owl", "--json")
    assert (code, err) == (FINE, "")
    *progress, last = map(from_line, out.splitlines())
    assert last == Done(models / "owl", "owl")
    assert [one.stage for one in progress if isinstance(one, Progress) and not one.file] == [
        "check", "download", "verify", "import",
    ]  # fmt: skip
    # What is there is not fetched again, nor is anything asked.
    server.asked.clear()
    code, out, _ = run(capsys, "install", "a/owl", "--json", "--offline")
    assert (code, from_line(out), server.asked) == (FINE, last, [])


def test_install_for_a_person(
    server: HubServer, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "install", "a/owl") == (
        FINE,
        f"owl is installed in {models / 'owl'}.\n",
        "Asking the hub ...\nDownloading ...\nVerifying ...\nPutting in place ...\n",
    )


def test_a_terminal_gets_one_line(
    server: HubServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    _, _, err = run(capsys, "install", "a/owl")
    assert "\n" not in err and err.endswith("\r\x1b[K")
    assert err.startswith("\r\x1b[KAsking the hub\r\x1b[KDownloading    0% of ")


def test_words_of_progress() -> None:
    half = Progress(
        stage="download", file="deep/a.gguf", done=2_000_000_000, total=4_000_000_000,
        rate=8_000_000.0, left_s=250.0,
    )  # fmt: skip
    assert _in_words(half) == "Downloading   50% of 4.0 GB  8 MB/s  4:10 left  a.gguf"
    assert _in_words(Progress(stage="check")) == "Asking the hub"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("parrot", "The catalogue has no parrot, only: smolvlm2-500m"),
        ("a/parrot", "There is no model a/parrot"),
        ("a/owl:Q3_K", "a/owl has no Q3_K (it has: Q4_K_M)"),
    ],
)
def test_what_can_not_be_installed(
    server: HubServer, capsys: pytest.CaptureFixture[str], name: str, told: str
) -> None:
    code, out, err = run(capsys, "install", name)
    assert (code, out) == (FAILED, "")
    assert told in err and "Traceback" not in err
    code, out, err = run(capsys, "install", name, "--json")
    assert (code, err) == (FAILED, "")
    failed = from_line(out.splitlines()[-1])
    assert isinstance(failed, Failed) and told in failed.error


@pytest.mark.parametrize("variable", [None, "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_asks_nothing(
    server: HubServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
) -> None:
    words = ["install", "qwen3-vl-2b"]
    if variable is None:
        words.append("--offline")
    else:
        monkeypatch.setenv(variable, "1")
    code, out, err = run(capsys, *words)
    assert (code, out, server.asked) == (FAILED, "", [])
    assert f"which {variable or '--offline'} forbids" in err and err.count("\n") == 1


def test_stopped(
    server: HubServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_what: Any, **_how: Any) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("engine.hub.install.verify", stop)
    before = signal.getsignal(signal.SIGTERM)
    code, out, _ = run(capsys, "install", "a/owl", "--json")
    assert code == FAILED
    assert from_line(out.splitlines()[-1]) == Failed(
        "Stopped; what was downloaded is kept, and the same command goes on with it."
    )
    assert signal.getsignal(signal.SIGTERM) == before
    kept = download_folder("owl").rglob("*.gguf")
    assert MODEL in [path.name for path in kept]


@pytest.fixture
def there(models: Path) -> Path:
    """A folder in the models folder that is no whole model."""
    folder = models / "owl"
    folder.mkdir(parents=True)
    (folder / "a.gguf").write_bytes(bytes(2_000_000))
    return folder


def test_remove(
    there: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, "remove", "parrot", "--yes")
    assert (code, out) == (NO_BUNDLE, "") and "There is no parrot in the models folder" in err
    code, out, err = run(capsys, "remove", "owl")
    assert (code, out, err) == (NO_BUNDLE, "", f"Say --yes to remove owl (2 MB, {there}).\n")
    assert there.exists()
    assert run(capsys, "remove", "owl", "--yes") == (FINE, "owl was removed.\n", "")
    assert not there.exists()


@pytest.mark.parametrize(("answer", "gone"), [("y\n", True), ("\n", False), ("no\n", False)])
def test_a_person_is_asked_first(
    there: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    gone: bool,
) -> None:
    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdin", typed)
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(there))
    code, out, _ = run(capsys, "remove", "owl")
    assert code == (FINE if gone else FAILED)
    assert out.startswith(
        f"Remove owl (2 MB, {there}), which is used where no model is named? [y/N] "
    )
    assert there.exists() is not gone


def test_an_unfinished_download_can_be_removed(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (download_folder("owl") / "commit").mkdir(parents=True)
    assert run(capsys, "remove", "owl", "--yes") == (FINE, "owl was removed.\n", "")
    assert not download_folder("owl").exists()


def test_nothing_outside_the_models_folder_is_removed(
    there: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("..", ".", "", "../models/owl", str(there), ".downloads"):
        assert run(capsys, "remove", name, "--yes")[0] == NO_BUNDLE
    assert there.exists()


def test_whispers_are_listed(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGHTLINE_BUNDLE")
    (models / "whisper-small").mkdir(parents=True)
    (models / "whisper-small" / "config.json").write_text('{"model_type": "whisper"}')
    out = run(capsys, "list")[1]
    assert f"whisper-small  writes speech down  {models / 'whisper-small'}" in out
