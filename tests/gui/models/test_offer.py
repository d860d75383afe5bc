"""A model that is opened like a picture is offered, not taken; one is removed when one says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QWidget

from app.models.manager import ModelManager
from app.models.offer import ask_to_remove, bundle_of, offer_model
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


@pytest.fixture
def opener(window: Person, manager: ModelManager) -> Opener:
    return Opener(window.window, lambda: manager)


def _asked(window: QWidget) -> QMessageBox:
    """The question that stands there."""
    box = window.findChild(QMessageBox)
    assert box is not None and box.isVisible() and not box.isModal()
    return box


def press(box: QMessageBox, text: str) -> None:
    """Press one of a question's buttons."""
    next(control for control in box.buttons() if control.text() == text).click()


def test_what_a_model_is(model: Path, picture: Path) -> None:
    assert bundle_of(model) == bundle_of(model / "bundle.json") == model
    assert bundle_of(picture) is None and bundle_of(picture.parent) is None
    assert bundle_of(picture.parent / "bundle.json") is None


def test_a_model_is_used_when_the_person_says_so(
    window: Person, opener: Opener, model: Path, store: SettingsStore
) -> None:
    opener.open([model / "bundle.json"])
    box = _asked(window.window)
    assert "small-model" in box.text() and str(model) in box.informativeText()
    assert store.now.model is None
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert store.now.model == model == read_settings(store.path).settings.model


def test_a_model_is_left_and_the_picture_beside_it_shown(
    window: Person, opener: Opener, model: Path, picture: Path, store: SettingsStore
) -> None:
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        assert opener.open([model, picture])
        QTest.keyClick(_asked(window.window), Qt.Key.Key_Escape)
    assert store.now.model is None
    assert window.window.stage.path == picture


def test_a_model_that_is_dropped_on_the_window_is_offered(
    window: Person, opener: Opener, model: Path, store: SettingsStore
) -> None:
    with window.qtbot.waitSignal(window.window.models_brought, timeout=WAIT_MS):
        window.drop_file(model)
    QTest.keyClick(_asked(window.window), Qt.Key.Key_Return)
    assert store.now.model == model


def test_one_that_is_there_already_is_only_used(
    window: Person, store: SettingsStore, model: Path
) -> None:
    box = offer_model(model, store, window.window)
    assert [control.text() for control in box.buttons()] == ["Use it", "Cancel"]
    box.close()


@pytest.mark.parametrize("used", [False, True])
def test_a_removal_is_asked_about(window: Person, model: Path, used: bool) -> None:
    gone: list[bool] = []
    for answer in ("Cancel", "Remove"):
        box = ask_to_remove(
            "Small", model, window.window, used=used, remove=lambda: gone.append(True)
        )
        assert "Small" in box.text() and str(model) in box.informativeText()
        assert ("answers now" in box.informativeText()) == used
        assert box.defaultButton().text() == "Cancel"
        press(box, answer)
        assert len(gone) == (answer == "Remove")


def test_the_offer_in_chinese(chinese: None, window: Person, opener: Opener, model: Path) -> None:
    opener.open([model])
    box = _asked(window.window)
    assert box.text() == "以后使用模型 small-model 吗？"
    assert "使用" in [button.text() for button in box.buttons()]
