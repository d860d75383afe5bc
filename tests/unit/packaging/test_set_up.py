"""The set-up: what it remembers, what it finds missing, and that the lock fits the bounds."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.support.scripts import ROOT, load_script


@pytest.fixture
def set_up() -> Any:
    """A module of its own for each test, so that its constants can be changed."""
    return load_script("packaging/set_up.py")


@pytest.fixture
def checkout(set_up: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout in which every command that would run is an error."""
    trained = tmp_path / "resources" / "models" / "sightline-mini"
    for folder in (trained, tmp_path / ".venv", tmp_path / "training", tmp_path / "build"):
        folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("torch==2.0\nLlama_Cpp_Python==0.1\n")
    (tmp_path / "training" / "convert").mkdir()
    for name in ("parts.py", "convert/ct2_reader.py", "convert/speech.py"):
        (tmp_path / "training" / name).write_text("")
    script = tmp_path / "set_up.py"
    script.write_text("")
    for name, value in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "MODEL": tmp_path / "build" / "sightline-mini",
        "WHISPER": tmp_path / "build" / "whisper-tiny.en",
        "TRAINED": trained,
        "CONSTRAINTS": tmp_path / "constraints.txt",
        "__file__": str(script),
    }.items():
        monkeypatch.setattr(set_up, name, value)

    def refuse(*words: object, **_: object) -> None:
        raise AssertionError(f"ran {words}")

    monkeypatch.setattr(set_up, "run", refuse)
    return tmp_path


def test_a_second_call_runs_nothing(set_up: Any, checkout: Path) -> None:
    (checkout / ".venv" / "set-up.stamp").write_text(set_up.environment_key())
    set_up.set_up_environment()


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "set_up.py"])
def test_a_change_of_what_is_installed_sets_up_again(
    set_up: Any, checkout: Path, name: str
) -> None:
    before = set_up.environment_key()
    (checkout / name).write_text("changed")
    assert set_up.environment_key() != before


def test_a_gpu_that_was_added_sets_up_again(
    set_up: Any, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_up, "has_nvidia", lambda: False)
    before = set_up.environment_key()
    monkeypatch.setattr(set_up, "has_nvidia", lambda: True)
    assert set_up.environment_key() != before


def test_the_model_is_built_once_for_the_same_parts(
    set_up: Any, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (set_up.TRAINED / "edition.json").write_text("{}")
    calls: list[tuple[str, ...]] = []

    def call(_step: str, *words: object) -> None:
        calls.append(tuple(map(str, words[3:])))
        set_up.MODEL.mkdir(exist_ok=True)
        (set_up.MODEL / "bundle.json").write_text("{}")

    monkeypatch.setattr(set_up, "call", call)
    set_up.set_up_model()
    set_up.set_up_model()
    assert calls == [("parts", "fetch"), ("build",)]
    (set_up.TRAINED / "lora.safetensors").write_bytes(b"trained on")
    set_up.set_up_model()
    set_up.set_up_model(again=True)
    assert calls[2:] == [
        ("parts", "fetch"),
        ("build",),
        ("parts", "fetch"),
        ("build", "force=true"),
    ]


def test_the_whisper_is_written_once_by_the_same_code(
    set_up: Any, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, ...]] = []

    def call(_step: str, *words: object) -> None:
        calls.append(tuple(map(str, words[3:])))
        set_up.WHISPER.mkdir(exist_ok=True)
        (set_up.WHISPER / "config.json").write_text("{}")

    monkeypatch.setattr(set_up, "call", call)
    set_up.set_up_whisper()
    set_up.set_up_whisper()
    assert calls == [("speech", f"out={set_up.WHISPER}")]
    (checkout / "training" / "convert" / "speech.py").write_text("changed")
    set_up.set_up_whisper()
    set_up.set_up_whisper(again=True)
    (set_up.WHISPER / "config.json").unlink()
    set_up.set_up_whisper()
    assert len(calls) == 4


def test_a_step_that_fails_is_named_and_leaves_no_stamp(
    set_up: Any, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (set_up.TRAINED / "edition.json").write_text("{}")
    failed = subprocess.CompletedProcess(["pip"], 1, "", "")
    monkeypatch.setattr(set_up, "run", lambda *_, **__: failed)
    with pytest.raises(set_up.SetUpError, match="Fetching the pretrained parts failed"):
        set_up.set_up_model()
    assert not (checkout / "build" / "sightline-mini.stamp").exists()


def test_missing_libraries_are_told_by_their_packages(
    set_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = "2 libs found in cache\n\tlibGL.so.1 (libc6,x86-64) => /lib/libGL.so.1\n"
    known = subprocess.CompletedProcess(["ldconfig"], 0, listed, "")
    monkeypatch.setattr(set_up, "run", lambda *_, **__: known)
    wanted = {"libGL.so.1": "libgl1", "libEGL.so.1": "libegl1"}
    assert set_up.missing_libraries(wanted) == ["libegl1"]


def test_what_can_not_be_installed_is_one_sentence(
    set_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_up.sys, "platform", "linux")
    monkeypatch.setattr(set_up, "missing_needed", lambda: ["libegl1", "g++"])
    monkeypatch.setattr(set_up, "missing_for_a_display", lambda: ["libxcb-cursor0"])
    monkeypatch.setattr(set_up, "apt_prefix", lambda: None)
    with pytest.raises(set_up.SetUpError, match=r"apt-get install libegl1 g\+\+ libxcb-cursor0$"):
        set_up.install_system_packages()


def _asking_apt(
    set_up: Any, monkeypatch: pytest.MonkeyPatch, prefix: list[str] | None
) -> list[str]:
    """What apt-get is asked for, as one line each, where it needs these words before it."""
    asked: list[str] = []

    def run(*words: object, **_: object) -> None:
        asked.append(" ".join(map(str, words)))

    monkeypatch.setattr(set_up.sys, "platform", "linux")
    monkeypatch.setattr(set_up, "run", run)
    monkeypatch.setattr(set_up, "apt_prefix", lambda: prefix)
    return asked


def test_what_the_tests_alone_need_is_tried_once(
    set_up: Any, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _asking_apt(set_up, monkeypatch, [])
    wanted = {"usr/bin/env": "coreutils", "nowhere/*/pulse.so": "pulse-plugins"}
    monkeypatch.setattr(set_up, "FOR_TESTS", wanted)
    set_up.set_up_tests()
    assert asked[1].endswith("install -y --no-install-recommends pulse-plugins")
    set_up.set_up_tests()
    assert len(asked) == 2  # to update and to install, and never again


def test_tests_go_on_without_what_can_not_be_installed(
    set_up: Any, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = _asking_apt(set_up, monkeypatch, None)
    monkeypatch.setattr(set_up, "FOR_TESTS", {"nowhere/pulse": "pulse"})
    set_up.set_up_tests()
    assert capsys.readouterr().err.endswith("sudo apt-get install pulse\n") and asked == []


def test_a_window_alone_brings_no_sound_server(
    set_up: Any, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    steps = ("environment", "tests", "model", "whisper")
    for step in (f"set_up_{name}" for name in steps):
        monkeypatch.setattr(set_up, step, lambda step=step, **_: done.append(step))
    for words in ([], ["--tests"]):
        monkeypatch.setattr(set_up.sys, "argv", ["set_up.py", *words])
        assert set_up.main() == 0
    assert done == [
        "set_up_environment",
        "set_up_model",
        "set_up_whisper",
        "set_up_environment",
        "set_up_tests",
        "set_up_model",
        "set_up_whisper",
    ]


def test_make_test_alone_asks_for_what_the_tests_need() -> None:
    recipes = (ROOT / "Makefile").read_text().split("\n\n")
    asking = [recipe.split(":")[0] for recipe in recipes if "set_up.py --tests" in recipe]
    assert asking == ["test"]


def test_names_in_the_lock_are_compared_as_pip_does(set_up: Any, checkout: Path) -> None:
    assert set_up.pinned_version("llama-cpp-python") == "0.1"
    with pytest.raises(set_up.SetUpError, match=r"no version of numpy"):
        set_up.pinned_version("numpy")


def test_the_lock_fits_the_bounds(set_up: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    for line in [*project["dependencies"], *(line for extra in extras for line in extra)]:
        requirement = Requirement(line)
        pinned = set_up.pinned_version(requirement.name.lower())
        assert requirement.specifier.contains(pinned), line
        operators = {bound.operator for bound in requirement.specifier}
        assert operators in ({"=="}, {">=", "<"}), f"{line} is not bounded"
