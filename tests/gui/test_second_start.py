"""A second start: its files come into the window that is open, and its process ends."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from pytestqt.qtbot import QtBot

from app.models.manager import ModelManager
from app.opener import Opener
from app.second_start import Handed, Reception, hand_over, place_of
from app.settings.store import SettingsStore
from tests.gui.conftest import WAIT_MS, Person, make_picture

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="looks for the window's socket where other systems have it"
)

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = WAIT_MS / 1000
# The program, which says the name of each picture that its window shows.
TELLING = """
import sys
from app import bootstrap, start
from app.main_window import MainWindow

class Telling(MainWindow):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.stage.picture_shown.connect(lambda path: print(path, flush=True))

bootstrap.MainWindow = Telling
sys.exit(start.start(sys.argv[1:]))
"""


def _places(folder: Path) -> dict[str, str]:
    """The environment of a person with that data folder, and of a model that fails at once."""
    return os.environ | {
        "SIGHTLINE_DATA": str(folder / "data"),
        "SIGHTLINE_SETTINGS": str(folder / "settings.toml"),
        "SIGHTLINE_BUNDLE": str(folder / "absent"),
        "PYTHONPATH": str(ROOT),
    }


def _start_again(folder: Path, *words: str, cwd: Path = ROOT) -> subprocess.Popen[str]:
    """`sightline FILE...` as a process."""
    command = [sys.executable, "-P", "-m", "engine.cli", *words]
    return subprocess.Popen(
        command, cwd=cwd, env=_places(folder), stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def open_window(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Opens the program's window in a process; given back when it listens."""
    place = place_of(tmp_path / "data")
    with ExitStack() as stack:

        def begin(*files: Path) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-c", TELLING, *map(str, files)],
                cwd=ROOT,
                env=_places(tmp_path),
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            qtbot.waitUntil(lambda: _listens(place), timeout=WAIT_MS)
            return process

        yield begin


def _listens(place: str) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(place) == 0


def _next_shown(window: subprocess.Popen[str]) -> Path:
    assert window.stdout is not None
    return Path(window.stdout.readline().rstrip("\n"))


def test_a_second_start_brings_its_pictures_to_the_first(
    open_window: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    pictures = [make_picture(tmp_path / name) for name in ("first.png", "ä b.png")]
    window = open_window(pictures[0])
    assert _next_shown(window) == pictures[0]
    second = _start_again(tmp_path, "ä b.png", cwd=tmp_path)
    _, said = second.communicate(timeout=WAIT_S)
    assert (second.returncode, said) == (0, "")
    assert _next_shown(window) == pictures[1]
    assert window.poll() is None


def test_what_a_killed_window_left_behind_is_cleared(
    open_window: Callable[..., subprocess.Popen[str]], tmp_path: Path, picture: Path
) -> None:
    window = open_window()
    window.kill()
    window.wait(WAIT_S)
    assert Path(place_of(tmp_path / "data")).exists()
    assert not hand_over(place_of(tmp_path / "data"), [picture])
    window = open_window(picture)
    assert _next_shown(window) == picture
    other = make_picture(tmp_path / "other.png")
    second = _start_again(tmp_path, str(other))
    second.communicate(timeout=WAIT_S)
    assert second.returncode == 0
    assert _next_shown(window) == other


@pytest.fixture
def receiving(window: Person, tmp_path: Path) -> Iterator[Person]:
    """A window that takes what later starts hand over, as the program's own does."""
    reception = Reception(place_of(tmp_path / "data"))
    store = SettingsStore(tmp_path / "settings.toml")
    opener = Opener(window.window, lambda: ModelManager(store, window.bridge, window.window))
    reception.came.connect(opener.take)
    reception.open()
    yield window
    reception.close()


def _handed(person: Person, folder: Path, *words: str) -> None:
    """Start again with those words, and wait for the end of that process."""
    second = _start_again(folder, *words)
    person.qtbot.waitUntil(lambda: second.poll() is not None, timeout=WAIT_MS)
    _, said = second.communicate()
    assert (second.returncode, said) == (0, "")


def test_a_minimized_window_comes_back_with_all_the_pictures(
    receiving: Person, tmp_path: Path
) -> None:
    window = receiving.window
    window.showMinimized()
    pictures = [make_picture(tmp_path / f"{number}.png") for number in range(3)]
    with receiving.qtbot.waitSignal(window.stage.picture_shown, timeout=WAIT_MS):
        _handed(receiving, tmp_path, *map(str, pictures))
    assert not window.windowState() & Qt.WindowState.WindowMinimized
    assert window.stage.path == pictures[0]
    assert window.stage.strip.paths == tuple(pictures)


def test_a_start_without_files_only_brings_the_window_to_the_front(
    receiving: Person, tmp_path: Path
) -> None:
    receiving.window.showMinimized()
    _handed(receiving, tmp_path)
    assert not receiving.window.windowState() & Qt.WindowState.WindowMinimized
    assert receiving.window.stage.path is None


def test_the_desktops_token_goes_with_the_files(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: Path
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "mine")
    reception = Reception(place_of(tmp_path))
    reception.open()
    theirs = "theirs"
    with _served(tmp_path, picture, token=theirs) as second:
        with qtbot.waitSignal(reception.came, timeout=WAIT_MS) as came:
            pass
        assert came.args == [Handed((picture,), theirs)]
        assert os.environ["XDG_ACTIVATION_TOKEN"] == theirs
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=WAIT_MS)
        assert second.returncode == 0
    reception.close()


def _served(folder: Path, picture: Path, *, token: str) -> subprocess.Popen[str]:
    environment = {"XDG_ACTIVATION_TOKEN": token, "SIGHTLINE_DATA": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "app", str(picture)],
        env=os.environ | environment | {"PYTHONPATH": str(ROOT)},
        text=True,
    )


def test_nonsense_at_the_place_is_no_harm(receiving: Person, tmp_path: Path) -> None:
    for said in (b"{torn\n", b'{"files": 1}\n', b""):
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(place_of(tmp_path / "data"))
            caller.sendall(said)
            caller.shutdown(socket.SHUT_WR)
            caller.setblocking(False)
            receiving.qtbot.waitUntil(lambda: _was_left(caller), timeout=WAIT_MS)
    _handed(receiving, tmp_path)


def _was_left(caller: socket.socket) -> bool:
    try:
        return caller.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_a_second_window_leaves_the_place_to_the_first(receiving: Person, tmp_path: Path) -> None:
    place = place_of(tmp_path / "data")
    later = Reception(place)
    later.open()
    assert later.findChildren(QObject) == []
    later.close()
    assert _listens(place)


def test_who_does_not_say_that_it_took_the_files_did_not(tmp_path: Path, picture: Path) -> None:
    place = place_of(tmp_path)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(place)
        mute.listen()
        code = (
            "import json, sys; from pathlib import Path; from app import second_start as s\n"
            "s.PATIENCE_MS = 100\n"
            f"print(s.hand_over({place!r}, [Path({str(picture)!r})]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
        )
    Path(place).unlink()
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_each_data_folder_has_a_place_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data")
    assert place_of(tmp_path / "data") == place_of(tmp_path / "link")
    assert place_of(tmp_path / "data") != place_of(tmp_path / "other")


LOADED = """
import json, os, sys
os.environ["SIGHTLINE_EXIT_ON_SHOWN"] = "1"
from app.bootstrap import main
status = main([])
print(json.dumps([status, "PySide6.QtNetwork" in sys.modules]))
"""


def test_the_window_is_painted_before_the_network_library_is_loaded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env=_places(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [0, False], done.stderr
