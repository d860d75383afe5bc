"""Corrections as a training set, through the program's menu."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.chat.actions import Action
from app.chat.answer_editor import AnswerEditor
from app.chat.conversation import Turn
from app.export.corrections import NONE_YET, TEXT, shard_path
from app.program_menu import ProgramMenu
from app.settings.store import SettingsStore
from app.theme import Theme
from tests.gui.conftest import WAIT_MS, Person, add_menu, in_the_dialog_that_comes
from training.data.photos import read_photos


def _export(window: Person, target: Path) -> None:
    in_the_dialog_that_comes(target)
    _choose(window)


def _choose(window: Person) -> None:
    (button,) = window.window.findChildren(ProgramMenu)
    next(action for action in button.menu().actions() if action.text() == TEXT).trigger()


def _hint(window: Person) -> str:
    return window.window.chat.composer.hint.text()


def _correct(window: Person, turn: Turn) -> None:
    """Move the box of an answer, or write something else."""
    window.read(turn)
    correct = window.card(turn).actions_row.buttons[Action.CORRECT]
    QTest.mouseClick(correct, Qt.MouseButton.LeftButton)
    if turn.answer.boxes:
        for key in (Qt.Key.Key_PageDown, Qt.Key.Key_Right, Qt.Key.Key_Return):
            QTest.keyClick(window.window.stage.view, key)
    else:
        (editor,) = window.card(turn).findChildren(AnswerEditor)
        QTest.keyClicks(editor.words, "Hi. ")
        QTest.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    assert turn.correction is not None


@pytest.fixture
def window_with_menu(window: Person, theme: Theme, tmp_path: Path) -> Person:
    add_menu(window, theme, SettingsStore(tmp_path / "settings.toml"))
    return window


def test_what_was_corrected_is_what_training_reads(
    window_with_menu: Person, picture: Path, tmp_path: Path
) -> None:
    window = window_with_menu
    _correct(window, window.ask("hello"))
    window.bring(picture)
    turn = window.ask("[refer] the red half")
    _correct(window, turn)
    _export(window, tmp_path / "mine.tar")
    window.qtbot.waitUntil(lambda: "mine-000.tar" in _hint(window), timeout=WAIT_MS)
    assert "1 corrected answer" in _hint(window)
    assert "1 more" in _hint(window)
    (sample,) = read_photos(tmp_path, ("mine",))
    (asked,) = sample.asked
    assert turn.correction is not None
    assert (asked.task, asked.words) == ("refer", "the red half")
    assert asked.boxes == tuple(box.box for box in turn.correction.boxes)
    assert (sample.width, sample.height) == (320, 200)


def test_without_a_correction_there_is_a_sentence(window_with_menu: Person) -> None:
    _choose(window_with_menu)
    assert _hint(window_with_menu) == NONE_YET


def test_corrections_about_no_picture_make_no_training_set(
    window_with_menu: Person, tmp_path: Path
) -> None:
    _correct(window_with_menu, window_with_menu.ask("hello"))
    _export(window_with_menu, tmp_path / "mine.tar")
    window_with_menu.qtbot.waitUntil(
        lambda: "none is about a picture" in _hint(window_with_menu), timeout=WAIT_MS
    )
    assert list(tmp_path.glob("*.tar")) == []


def test_a_place_that_cannot_be_written_is_said(
    window_with_menu: Person, picture: Path, tmp_path: Path
) -> None:
    window = window_with_menu
    window.bring(picture)
    _correct(window, window.ask("[refer] the red half"))
    (tmp_path / "mine-000.tar").mkdir()
    _export(window, tmp_path / "mine.tar")
    window.qtbot.waitUntil(lambda: "can't be written" in _hint(window), timeout=WAIT_MS)
    assert list(tmp_path.glob(".*.part")) == []


@pytest.mark.parametrize(
    ("chosen", "file"),
    [
        ("corrections-000.tar", "corrections-000.tar"),
        ("mine", "mine-000.tar"),
        ("my-own.tar", "my-own-000.tar"),
        ("a.b-12", "a.b-12.tar"),
    ],
)
def test_a_shard_is_named_so_that_training_finds_it(chosen: str, file: str) -> None:
    assert shard_path(Path("/x") / chosen) == Path("/x") / file
