"""Export and import through the window's own dialogs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from tests.gui.conftest import WAIT_MS, Person, in_the_dialog_that_comes


def _press(window: Person, keys: str) -> None:
    QTest.keySequence(window.window, QKeySequence(keys))


def test_a_conversation_goes_out_and_comes_back_with_its_boxes(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.bring(picture)
    window.read(window.ask("[refer] the red half"))
    target = tmp_path / "out.json"
    in_the_dialog_that_comes(target)
    _press(window, "Ctrl+Shift+E")
    window.qtbot.waitUntil(target.exists, timeout=WAIT_MS)
    # As a window manager does when a dialog has gone; there is none off screen.
    window.window.activateWindow()
    window.qtbot.waitUntil(window.window.isActiveWindow, timeout=WAIT_MS)
    window.begin_anew()
    in_the_dialog_that_comes(target)
    _press(window, "Ctrl+I")
    window.qtbot.waitUntil(lambda: len(window.window.chat.controller.turns) == 1, timeout=WAIT_MS)
    window.qtbot.waitUntil(lambda: len(window.window.stage.view.boxes) == 1, timeout=WAIT_MS)
    assert window.window.history.sidebar.list.model().rowCount() == 2


def test_markdown_is_written_with_the_picture(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.bring(picture)
    window.read(window.ask("[caption]"))
    target = tmp_path / "out.md"
    in_the_dialog_that_comes(target)
    _press(window, "Ctrl+Shift+E")
    window.qtbot.waitUntil(target.exists, timeout=WAIT_MS)
    assert "a cat on a mat" in target.read_text()
    assert len(list((tmp_path / "out-pictures").iterdir())) == 1


def test_a_file_that_is_no_conversation_is_one_sentence(window: Person, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    in_the_dialog_that_comes(wrong)
    _press(window, "Ctrl+I")
    window.qtbot.waitUntil(
        lambda: "wrong.json is no conversation" in window.window.history.sidebar.text,
        timeout=WAIT_MS,
    )
