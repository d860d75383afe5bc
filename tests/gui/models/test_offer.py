"""A model that is opened like a picture is offered, not taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from app.models.offer import bundle_of
from app.opener import Opener
from app.settings.file import read_settings
from app.settings.store import SettingsStore
from tests.gui.conftest import WAIT_MS, Person


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "small-model"
    folder.mkdir()
    (folder / "bundle.json").write_text("{}", "utf-8")
    return folder


def _asked(person: Person, store: SettingsStore, *files: Path) -> QMessageBox:
    Opener(person.window, store).open(files)
    box = person.window.findChild(QMessageBox)
    assert box is not None and box.isVisible() and not box.isModal()
    return box


def test_what_a_model_is(model: Path, picture: Path) -> None:
    assert bundle_of(model) == bundle_of(model / "bundle.json") == model
    assert bundle_of(picture) is None and bundle_of(picture.parent) is None
    assert bundle_of(picture.parent / "bundle.json") is None


def test_a_model_is_used_when_the_person_says_so(
    window: Person, model: Path, tmp_path: Path
) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    box = _asked(window, store, model / "bundle.json")
    assert "small-model" in box.text() and str(model) in box.informativeText()
    assert store.now.model is None
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert store.now.model == model == read_settings(store.path).settings.model


def test_a_model_is_left_and_the_picture_beside_it_shown(
    window: Person, model: Path, picture: Path, tmp_path: Path
) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        box = _asked(window, store, model, picture)
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert store.now.model is None
    assert window.window.stage.path == picture


def test_a_model_that_is_dropped_on_the_window_is_offered(
    window: Person, model: Path, tmp_path: Path
) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    Opener(window.window, store)
    with window.qtbot.waitSignal(window.window.model_brought, timeout=WAIT_MS):
        window.drop_file(model)
    box = window.window.findChild(QMessageBox)
    assert box is not None
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert store.now.model == model


def test_the_offer_in_chinese(chinese: None, window: Person, model: Path, tmp_path: Path) -> None:
    box = _asked(window, SettingsStore(tmp_path / "settings.toml"), model)
    assert box.text() == "以后使用模型 small-model 吗？"
    assert "使用" in [button.text() for button in box.buttons()]
