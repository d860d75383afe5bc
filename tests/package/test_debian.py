"""The Debian package on this machine: installed, used with mouse and keys, and removed again."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.support import drag_source

ROOT = Path(__file__).resolve().parents[2]
# Names another folder of packages than the one that `make package` fills.
CHOSEN = "SIGHTLINE_PACKAGES"
TOOLS = ("apt-get", "Xvfb", "xdotool")
LIMIT_S = 120.0
SCREEN = "1700x900x24"
SOURCE = (1500, 100)  # where the other program's window stands, right of ours
# From the right and the lower edge of our window, in pixels: the composer's text, its send button.
COMPOSER, SEND = (250, 60), (41, 59)


def _package() -> Path:
    """The package to try. Skips where it can't be tried, and says why."""
    folder = Path(os.environ.get(CHOSEN) or ROOT / "build" / "package")
    made = sorted(folder.glob("sightline_*.deb"))
    if not made:
        pytest.skip(f"there is no package in {folder}; `make package` makes one")
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"these are not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("only the administrator can install a package")
    if shutil.which("sightline") == "/usr/bin/sightline":
        pytest.skip("Sightline is installed on this machine, and this would remove it")
    return made[-1]


def _call(*words: str, **environment: str) -> str:
    done = subprocess.run(
        words, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr or done.stdout}"
    return done.stdout


def _until(true: Callable[[], object], what: str) -> None:
    """Look again and again, until it is so."""
    end = monotonic() + LIMIT_S
    while not true():
        assert monotonic() < end, f"{what} did not come about within {LIMIT_S:g} s"
        sleep(0.5)


def _end(window: subprocess.Popen[bytes]) -> None:
    """End it with what it started, where a test failed."""
    if window.poll() is None:
        os.killpg(window.pid, signal.SIGKILL)
        window.wait()


@pytest.fixture(scope="module")
def installed() -> Iterator[None]:
    package = _package()
    _call("apt-get", "install", "-y", "-q", "--no-install-recommends", str(package))
    yield
    _call("apt-get", "remove", "-y", "-q", "sightline")
    assert not Path("/usr/bin/sightline").exists()
    assert not Path("/usr/lib/sightline").exists()


@pytest.fixture
def person(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a person with a screen, and nothing of this checkout."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        display = f":{server.stdout.readline().strip()}"
        (tmp_path / "run").mkdir(0o700)
        yield {
            "DISPLAY": display,
            "XDG_RUNTIME_DIR": str(tmp_path / "run"),
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(tmp_path),
            "SIGHTLINE_DATA": str(tmp_path / "data"),
            "PYTHONPATH": "",
            **{f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "CACHE", "STATE")},
        }
        server.terminate()


def _answers(folder: Path) -> list[tuple[str, str, str]]:
    """What is kept of each question that was answered: picture, words, answer."""
    file = folder / "data" / "conversations.sqlite3"
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return database.execute(
            "SELECT picture, words, raw FROM turn WHERE state IN ('done', 'failed') ORDER BY number"
        ).fetchall()


def test_the_command_line_of_the_package(installed: None, person: dict[str, str]) -> None:
    picture = str(ROOT / "resources" / "examples" / "cat.jpg")
    said = _call("sightline", "ask", "--image", picture, "[vqa] is there a cat?", **person)
    # Whether it is right is the evaluation's business.
    assert said.strip().lower() in ("yes", "no")
    assert "sightline-mini" in _call("sightline", "models", "list", **person)


def test_the_package_hears_or_writes_down(installed: None, person: dict[str, str]) -> None:
    speech = str(ROOT / "resources" / "examples" / "question.ogg")
    picture = str(ROOT / "resources" / "examples" / "cat.jpg")
    assert _call("sightline", "ask", "--image", picture, "--audio", speech, **person).strip()


def test_the_window_of_the_package(installed: None, person: dict[str, str], tmp_path: Path) -> None:
    examples = ROOT / "resources" / "examples"
    first, second = tmp_path / "first.jpg", tmp_path / "second.jpg"
    shutil.copyfile(examples / "coffee.jpg", first)
    shutil.copyfile(examples / "cat.jpg", second)
    with ExitStack() as stack:
        window = subprocess.Popen(["sightline"], env=os.environ | person, start_new_session=True)
        stack.callback(_end, window)
        number = _shown("Sightline", person)
        _drop(first, stack, person)
        _until(lambda: _kept(first, tmp_path), "the dropped picture")
        # A second start hands its file to the window that is open, which keeps running.
        _call("sightline", str(second), **person)
        _until(lambda: _kept(second, tmp_path), "the second start's picture")
        assert window.poll() is None
        _call("xdotool", "windowfocus", "--sync", number, **person)
        right, bottom = _size(number, person)
        _call("xdotool", *_click(right - COMPOSER[0], bottom - COMPOSER[1]), **person)
        _call("xdotool", "type", "[vqa] is there a cat?", **person)
        _call("xdotool", *_click(right - SEND[0], bottom - SEND[1]), **person)
        _until(lambda: _answers(tmp_path), "an answer")
        picture, words, answer = _answers(tmp_path)[0]
        assert Path(picture).stem == _digest(second)
        assert words == "is there a cat?"
        # Whether it is right is the evaluation's business.
        assert answer.strip().lower() in ("yes", "no")
        _call("xdotool", "key", "ctrl+q", **person)
        assert window.wait(LIMIT_S) == 0


def _shown(name: str, person: dict[str, str]) -> str:
    """The number of the window of this name, once it is there."""
    words = ("search", "--sync", "--onlyvisible", "--name", f"^{name}$")
    return _call("xdotool", *words, **person).split()[0]


def _size(number: str, person: dict[str, str]) -> tuple[int, int]:
    facts = _call("xdotool", "getwindowgeometry", "--shell", number, **person)
    values = dict(line.split("=") for line in facts.split())
    return int(values["WIDTH"]), int(values["HEIGHT"])


def _click(x: int, y: int) -> tuple[str, ...]:
    return ("mousemove", str(x), str(y), "sleep", "0.2", "click", "1", "sleep", "0.2")


def _drop(file: Path, stack: ExitStack, person: dict[str, str]) -> None:
    """Drag a file out of another program's window into the middle of ours."""
    words = [sys.executable, drag_source.__file__, *map(str, SOURCE), str(file)]
    source = subprocess.Popen(words, env=os.environ | person, start_new_session=True)
    stack.callback(_end, source)
    _shown(drag_source.TITLE, person)
    way: list[str] = []
    for x, y in ((SOURCE[0] + 60, SOURCE[1] + 60), (1300, 400), (700, 400), (690, 400)):
        way += ["mousemove", str(x), str(y), "sleep", "0.3"]
    start = ["mousemove", str(SOURCE[0] + 50), str(SOURCE[1] + 50), "mousedown", "1"]
    _call("xdotool", *start, "sleep", "0.3", *way, "mouseup", "1", **person)


def _kept(file: Path, folder: Path) -> list[Path]:
    """The program's own copy of the picture, named by its content."""
    return list((folder / "data" / "attachments").glob(f"{_digest(file)}.*"))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
