"""Export and import through the window's own dialogs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from tests.gui.conftest import WAIT_MS, Person


@pytest.fixture
def answer_dialog() -> Callable[[Path], None]:
    """Types a file's name into the dialog that comes next, and confirms it."""

    def answer(path: Path) -> None:
        def choose() -> None:
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, QFileDialog)
            name = dialog.findChild(QLineEdit, "fileNameEdit")
            assert name is not None
            name.setText(str(path))
            QTest.keyClick(name, Qt.Key.Key_Return)

        QTimer.singleShot(300, choose)

    return answer


def _press(window: Person, keys: str) -> None:
    QTest.keySequence(window.window, QKeySequence(keys))


def test_a_conversation_goes_out_and_comes_back_with_its_boxes(
    window: Person, picture: Path, tmp_path: Path, answer_dialog: Callable[[Path], None]
) -> None:
    window.bring(picture)
    window.read(window.ask("[refer] the red half"))
    target = tmp_path / "out.json"
    answer_dialog(target)
    _press(window, "Ctrl+Shift+E")
    window.qtbot.waitUntil(target.exists, timeout=WAIT_MS)
    # As a window manager does when a dialog has gone; there is none off screen.
    window.window.activateWindow()
    window.qtbot.waitUntil(window.window.isActiveWindow, timeout=WAIT_MS)
    window.begin_anew()
    answer_dialog(target)
    _press(window, "Ctrl+I")
    window.qtbot.waitUntil(lambda: len(window.window.chat.controller.turns) == 1, timeout=WAIT_MS)
    window.qtbot.waitUntil(lambda: len(window.window.stage.view.boxes) == 1, timeout=WAIT_MS)
    assert window.window.history.sidebar.list.model().rowCount() == 2


def test_markdown_is_written_with_the_picture(
    window: Person, picture: Path, tmp_path: Path, answer_dialog: Callable[[Path], None]
) -> None:
    window.bring(picture)
    window.read(window.ask("[caption]"))
    target = tmp_path / "out.md"
    answer_dialog(target)
    _press(window, "Ctrl+Shift+E")
    window.qtbot.waitUntil(target.exists, timeout=WAIT_MS)
    assert "a cat on a mat" in target.read_text()
    assert len(list((tmp_path / "out-pictures").iterdir())) == 1


def test_a_file_that_is_no_conversation_is_one_sentence(
    window: Person, tmp_path: Path, answer_dialog: Callable[[Path], None]
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    answer_dialog(wrong)
    _press(window, "Ctrl+I")
    window.qtbot.waitUntil(
        lambda: "wrong.json is no conversation" in window.window.history.sidebar.text,
        timeout=WAIT_MS,
    )
