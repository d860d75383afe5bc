"""The package's scripts, without PyInstaller; `tests/package` has the installed whole."""

from __future__ import annotations

import plistlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from app.pictures import FILE_FILTER
from engine import cli
from engine.program import own_command
from tests.support.scripts import ROOT, load_script

PACKAGING = ROOT / "packaging"


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a package runs first, in a process that PyInstaller seems to have made."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/usr/lib/sightline/sightline")
    return load_script("packaging/frozen.py")


@pytest.mark.parametrize(
    ("words", "ran"),
    [
        (own_command("app")[2:], "app.start.start"),
        (own_command("engine.host")[2:], "engine.host.main"),
        (own_command("engine.cli")[2:], "engine.cli.main"),
        ([], "engine.cli.main"),
    ],
)
def test_a_package_reads_its_own_commands(
    frozen: Any, monkeypatch: pytest.MonkeyPatch, words: list[str], ran: str
) -> None:
    read: list[list[str]] = []

    def note(rest: list[str]) -> int:
        read.append(rest)
        return 7

    monkeypatch.setattr(ran, note)
    monkeypatch.setattr(sys, "argv", ["sightline", *words, "a.png"])
    assert frozen.main() == 7
    assert read == [["a.png"]]


def test_a_packages_command_is_the_program_itself(
    frozen: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = own_command("engine.host")
    assert command == ["/usr/lib/sightline/sightline", "-m", "engine.host"]
    monkeypatch.setattr(sys, "argv", own_command("engine.bench.peak"))
    assert frozen.main() == 2
    assert "engine.bench.peak" in capsys.readouterr().err


def test_a_package_says_that_it_can_not_be_measured(
    frozen: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench"]) == cli.FAILED
    assert "make bench" in capsys.readouterr().err


def test_sizes_are_told_by_part(tmp_path: Path) -> None:
    for name, size in (
        ("sightline", 5),
        ("_internal/torch/lib/a.so", 300),
        ("_internal/torch/b.py", 20),
        ("_internal/build/sightline-mini/llm.gguf", 100),
        ("_internal/base_library.zip", 7),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "_internal/a.so").symlink_to("torch/lib/a.so")
    found = load_script("packaging/package.py").sizes(tmp_path)
    assert list(found.items()) == [("torch", 320), ("the models", 100), ("the rest", 12)]


def test_the_desktop_opens_what_the_program_reads() -> None:
    entry = (PACKAGING / "linux" / "sightline.desktop").read_text("utf-8")
    kinds = re.search(r"^MimeType=(.*);$", entry, re.MULTILINE)
    assert kinds is not None
    names = {kind.partition("/")[2] for kind in kinds[1].split(";")}
    names = {{"x-wav": "wav", "mpeg": "mp3"}.get(name, name) for name in names}
    offered = set(re.findall(r"\*\.(\w+)", FILE_FILTER))
    assert names - {"x-sightline-bundle"} == offered - {"jpg", "tif"}
    root = ET.parse(PACKAGING / "linux" / "sightline.xml").getroot()  # noqa: S314 - our own file
    assert [kind.get("type") for kind in root] == ["application/x-sightline-bundle"]


@pytest.mark.parametrize(
    "name",
    ["windows/sightline.iss", "macos/image.sh", "macos/Info.plist", "macos/entitlements.plist"],
)
def test_what_was_not_run_says_so_at_once(name: str) -> None:
    assert "NOT RUN" in "".join((PACKAGING / name).read_text("utf-8").splitlines()[:3])


def test_the_files_for_macos_are_property_lists() -> None:
    facts = plistlib.loads((PACKAGING / "macos" / "Info.plist").read_bytes())
    assert "Sightline" in facts["NSMicrophoneUsageDescription"]
    allowed = plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())
    assert all(allowed.values())


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="there is no dpkg-deb here")
def test_a_debian_package(tmp_path: Path) -> None:
    package, debian = load_script("packaging/package.py"), load_script("packaging/debian.py")
    package.draw_icons(tmp_path / "icons")
    folder = tmp_path / "sightline"
    (folder / "_internal").mkdir(parents=True)
    program = Path(shutil.which("true") or "")
    shutil.copyfile(program, folder / "sightline")
    (folder / "sightline").chmod(0o700)
    there = debian.system_libraries()["libz.so.1"]
    shutil.copyfile(there, folder / "_internal" / "libz.so.1")
    (folder / "_internal" / "libm.so.6").write_bytes(b"another of that name")
    made = debian.build(folder, tmp_path, version="1.2", icons=tmp_path / "icons")
    facts = subprocess.run(["dpkg-deb", "-f", made], capture_output=True, text=True, check=True)
    assert "Version: 1.2\n" in facts.stdout
    depends = re.search(r"^Depends: (.*)$", facts.stdout, re.MULTILINE)
    assert depends is not None
    named = depends[1].split(", ")
    assert "libegl1" in named and re.search(r"libc6 \(>= 2\.\d+\)", depends[1])
    assert debian.owners(there) <= set(named)
    listed = subprocess.run(["dpkg-deb", "-c", made], capture_output=True, text=True, check=True)
    assert "./usr/bin/sightline -> ../lib/sightline/sightline" in listed.stdout
    assert "-rwxr-xr-x root/root" in listed.stdout.partition("./usr/lib/sightline/sightline\n")[0]
    assert "libm.so.6" in listed.stdout and "libz.so.1" not in listed.stdout
    for shared in ("applications/sightline.desktop", "mime/packages/sightline.xml"):
        assert f"./usr/share/{shared}\n" in listed.stdout
    assert "./usr/share/icons/hicolor/48x48/apps/sightline.png\n" in listed.stdout
