"""The settings dialog, used as a person does, and what its changes do to the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.palette import DARK, LIGHT
from app.settings.dialog import SettingsDialog
from app.settings.editors import ChoiceEditor, Editor, FolderEditor, NumberEditor
from app.settings.effects import Effects
from app.settings.file import read_settings
from app.settings.schema import SETTINGS, Settings
from app.settings.store import SettingsStore
from app.theme import Theme
from tests.gui.conftest import WAIT_MS, Person, add_menu


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.toml")


@pytest.fixture
def dialog(window: Person, theme: Theme, store: SettingsStore) -> Iterator[SettingsDialog]:
    """The dialog of a running window, opened by its key."""
    effects = Effects(store, theme, window.bridge, window.window.talk)
    add_menu(window, theme, store)
    window.wait_ready()
    QTest.keyClick(window.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    opened = window.window.findChild(SettingsDialog)
    assert opened is not None and opened.isVisible()
    yield opened
    theme.choose("system", 100)
    del effects


def _choose(editor: object, down: int) -> None:
    assert isinstance(editor, ChoiceEditor)
    editor.setFocus()
    for _ in range(down):
        QTest.keyClick(editor, Qt.Key.Key_Down)


def _enter(editor: Editor, words: str) -> None:
    field = editor.field if isinstance(editor, FolderEditor) else editor
    assert isinstance(field, NumberEditor | QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, words)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_there_is_a_named_control_for_each_setting(dialog: SettingsDialog) -> None:
    assert list(dialog.editors) == [setting.key for setting in SETTINGS]
    labels = {label.text(): label.buddy() for label in dialog.findChildren(QLabel)}
    for setting in SETTINGS:
        editor = dialog.editors[setting.key]
        assert editor.accessibleName() == setting.row.label
        assert setting.row.help in editor.accessibleDescription()
        assert labels[setting.row.label] is editor


def test_the_theme_changes_at_once_and_is_kept(
    dialog: SettingsDialog, theme: Theme, store: SettingsStore
) -> None:
    _choose(dialog.editors["theme"], down=2)
    assert theme.palette is DARK
    assert read_settings(store.path).settings.theme == "dark"
    _choose(dialog.editors["theme"], down=0)
    QTest.keyClick(dialog.editors["theme"], Qt.Key.Key_Up)
    assert theme.palette is LIGHT


def test_the_text_grows_at_once(dialog: SettingsDialog, window: Person) -> None:
    before = dialog.font().pointSizeF()
    _enter(dialog.editors["text_size"], "200")
    assert dialog.font().pointSizeF() == 2 * before
    assert window.window.chat.composer.field.font().pointSizeF() == 2 * before


def test_another_model_and_placement_start_the_engine_again(
    dialog: SettingsDialog, window: Person, tmp_path: Path
) -> None:
    _enter(dialog.editors["model"], str(tmp_path / "other"))
    window.qtbot.waitUntil(
        lambda: window.window.chat.status.text == "other · ready", timeout=WAIT_MS
    )
    _enter(dialog.editors["context"], "2048")
    window.qtbot.waitUntil(
        lambda: window.bridge.state.info is not None and window.bridge.state.info.context == 2048,
        timeout=WAIT_MS,
    )
    assert window.read(window.ask("hello")) == "You said: hello"


def test_the_longest_answer_holds_for_the_next_question(
    dialog: SettingsDialog, window: Person
) -> None:
    _enter(dialog.editors["max_tokens"], "3")
    assert window.read(window.ask("wait")).split() == ["1", "2", "3"]
    _enter(dialog.editors["max_tokens"], "-31")
    assert window.bridge.sampling == {}


def test_a_folder_is_chosen(
    dialog: SettingsDialog, store: SettingsStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor = dialog.editors["data_folder"]
    assert isinstance(editor, FolderEditor)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    QTest.mouseClick(editor.choose, Qt.MouseButton.LeftButton)
    assert store.now.data_folder == tmp_path
    _enter(editor, " ")
    assert store.now.data_folder is None


def test_all_as_at_first(dialog: SettingsDialog, store: SettingsStore, theme: Theme) -> None:
    _choose(dialog.editors["theme"], down=2)
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == "All as at first")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert store.now == Settings()
    assert theme.palette is LIGHT


def test_a_setting_that_can_not_be_kept_holds_and_is_said(
    dialog: SettingsDialog, store: SettingsStore, theme: Theme
) -> None:
    store.path.mkdir()
    _choose(dialog.editors["theme"], down=2)
    assert theme.palette is DARK
    assert dialog.sentence == f"The settings can't be kept in {store.path}: Is a directory."


def test_what_is_wrong_in_the_file_is_said(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("text_size = 5\n", "utf-8")
    store = SettingsStore(path)
    parent = QPushButton()
    qtbot.addWidget(parent)
    assert "text_size can't be 5" in SettingsDialog(store, parent).sentence


def test_escape_closes_it_and_the_key_brings_it_back(
    dialog: SettingsDialog, window: Person
) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    window.window.activateWindow()
    window.qtbot.waitUntil(window.window.isActiveWindow, timeout=WAIT_MS)
    QTest.keyClick(window.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert dialog.isVisible()
    assert len(window.window.findChildren(SettingsDialog)) == 1
