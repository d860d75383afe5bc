"""`sightline models import`: what it says, and to which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import cli
from engine.bundle import Bundle
from tests.support.tiny_llama import write_tiny_llama

FINE, FAILED, NO_BUNDLE = 0, 1, 3


@pytest.fixture
def gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A language model on a machine whose models folder is empty."""
    monkeypatch.setattr("engine.commands.importing.models_folder", lambda: tmp_path / "models")
    write_tiny_llama(tmp_path / "model.gguf", template="{{ messages[0].content }}")
    return tmp_path / "model.gguf"


def run(*words: str | Path) -> int:
    return cli.main(["models", "import", *map(str, words)])


def test_a_file_and_then_the_bundles_folder(
    gguf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--gguf", gguf, "--name", "First") == FINE
    assert capsys.readouterr().out == f"First is installed in {tmp_path / 'models' / 'first'}.\n"
    assert run(gguf, "--json") == FINE
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == "tiny random llama"
    assert Bundle.open(Path(told["installed"])).manifest.name == told["name"]


def test_what_is_wrong_is_told_in_the_form_that_was_asked_for(
    gguf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "none.gguf") == NO_BUNDLE
    assert "can't be read" in capsys.readouterr().err
    assert run(tmp_path / "none.gguf", "--json") == FAILED
    assert "can't be read" in json.loads(capsys.readouterr().out)["error"]
    assert run() == FAILED
    assert "Name one thing to import" in capsys.readouterr().err
    assert run("--gguf", gguf, gguf) == FAILED
    assert run(tmp_path, "--name", "other") == FAILED
    assert "is a folder" in capsys.readouterr().err


def test_a_folder(gguf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(gguf.parent) == FINE
    assert "tiny random llama is installed" in capsys.readouterr().out
