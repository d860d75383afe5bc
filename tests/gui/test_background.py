"""Work in other threads, whose owners may be taken down at any moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event, get_ident

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.background import Background
from tests.gui.conftest import WAIT_MS

ROOT = Path(__file__).resolve().parents[2]

# Owners that go while their work ends, again and again; how the process ends is not looked at.
GOING = """
import os
import sys
import shiboken6
from PySide6.QtCore import QCoreApplication, QObject
from app.background import Background

application = QCoreApplication([])
sys.setswitchinterval(1e-5)
for turn in range(4000):
    owner = QObject()
    for background in [Background(owner, threads=1) for _ in range(4)]:
        background.run(lambda: None, lambda _: None)
    shiboken6.delete(owner)
    if turn % 50 == 0:
        application.processEvents()
os._exit(0)
"""


def test_what_a_worker_gives_arrives_on_the_windows_thread(
    qapp: QApplication, qtbot: QtBot
) -> None:
    background = Background(qapp)
    came: list[tuple[int, int]] = []
    background.run(get_ident, lambda worker: came.append((worker, get_ident())))
    qtbot.waitUntil(lambda: bool(came), timeout=WAIT_MS)
    ((worker, here),) = came
    assert worker != here == get_ident()


def test_nothing_arrives_where_it_is_no_longer_wanted(qtbot: QtBot) -> None:
    owner, go_on = QObject(), Event()
    going, staying = Background(owner), Background()
    came: list[str] = []
    going.run(go_on.wait, lambda _: came.append("nobody waits"))
    go_on.set()
    shiboken6.delete(owner)  # waits for the work
    staying.run(lambda: None, lambda _: came.append("later"))
    qtbot.waitUntil(lambda: bool(came), timeout=WAIT_MS)
    assert came == ["later"]


def test_owners_may_go_while_their_work_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", GOING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
