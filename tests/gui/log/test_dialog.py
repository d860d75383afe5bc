"""The log viewer and what it copies."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.engine_bridge import EngineBridge
from app.engine_state import EngineState, Phase
from app.log.diagnostics import PACKAGES, diagnostics
from app.log.dialog import LogDialog
from app.settings.schema import Settings
from app.settings.store import SettingsStore
from app.theme import Theme
from tests.gui.conftest import WAIT_MS, Person, add_menu
from tests.support.scripted_host import COMMAND


def _press(dialog: LogDialog, text: str) -> None:
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_log_is_read_and_diagnostics_hold_no_word_of_a_conversation(
    window: Person, theme: Theme, tmp_path: Path
) -> None:
    log = add_menu(window, theme, SettingsStore(tmp_path / "settings.toml"))
    window.wait_ready()
    window.read(window.ask("my secret question"))
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.window, Qt.Key.Key_L, keys)
    dialog = window.window.findChild(LogDialog)
    assert dialog is not None and dialog.isVisible()
    assert "The model scripted is ready" in dialog.view.toPlainText()
    log.note("The disk is full.", error=True)
    _press(dialog, "Read again")
    assert dialog.view.toPlainText().endswith("The disk is full.\n")
    _press(dialog, "Copy diagnostics")
    copied = QGuiApplication.clipboard().text()
    assert "model: scripted 1\n" in copied and "last error: The disk is full.\n" in copied
    assert "secret" not in copied + dialog.view.toPlainText()
    assert dialog.sentence.startswith("Copied")


def test_diagnostics_name_versions_and_what_was_chosen() -> None:
    state = EngineState(Phase.FAILED, "It broke.")
    text = diagnostics(Settings(threads=3), state, f"{Path.home()}/models is empty.")
    for name in (*PACKAGES, "Python", "Qt", "system", "processors", "device"):
        assert f"{name}: " in text
    assert "sightline: not installed" not in text
    assert "settings: threads = 3\n" in text
    assert "engine: failed\n" in text and "model: none loaded\n" in text
    assert "last error: ~/models is empty.\n" in text


def test_what_the_engine_prints_is_in_the_log(window: Person, tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_bytes(b"before\n")
    script = "import sys; sys.exit('no library here')"
    bridge = EngineBridge([sys.executable, "-c", script], log=log)
    with window.qtbot.waitSignal(
        bridge.state_changed,
        timeout=WAIT_MS,
        check_params_cb=lambda state: state.phase is Phase.FAILED,
    ):
        bridge.start()
    bridge.close()
    assert log.read_bytes() == b"before\nno library here\n"


def test_an_engine_without_a_log_that_can_be_written_runs_all_the_same(
    qtbot: QtBot, tmp_path: Path
) -> None:
    bridge = EngineBridge(COMMAND, log=tmp_path / "no folder" / "a.log")
    with qtbot.waitSignal(
        bridge.state_changed,
        timeout=WAIT_MS,
        check_params_cb=lambda state: state.phase is Phase.READY,
    ):
        bridge.start()
    bridge.close()
