"""A model comes in, answers and goes again by the program's own command line; no network in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from app.models.child import COMMAND
from app.models.import_sheet import ImportSheet
from app.models.manager import ModelManager
from app.opener import Opener
from app.settings.effects import Effects
from app.settings.store import SettingsStore
from app.theme import Theme
from tests.gui.conftest import WAIT_MS, Person
from tests.gui.models.test_offer import press
from tests.support.tiny_llama import write_tiny_llama

PATIENCE_MS = 4 * WAIT_MS  # llama.cpp is loaded to look for GPUs


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models folder of a person who has none, and the cache of one who has not hashed any."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "home" / "sightline" / "models"


def test_a_file_is_dropped_imported_used_and_removed(
    window: Person, theme: Theme, store: SettingsStore, models: Path, tmp_path: Path
) -> None:
    effects = Effects(store, theme, window.bridge, window.window.talk)
    window.wait_ready()
    manager = ModelManager(store, window.bridge, window.window, command=COMMAND)
    Opener(window.window, lambda: manager)
    model = tmp_path / "tiny.gguf"
    write_tiny_llama(model, template="{{ messages[0].content }}")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(model))])
    window.drop(mime)
    until = window.qtbot.waitUntil
    until(lambda: window.window.findChild(ImportSheet) is not None, timeout=WAIT_MS)
    [sheet] = window.window.findChildren(ImportSheet)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    dialog = manager.dialog
    until(lambda: dialog.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    box = dialog.findChild(QMessageBox)
    assert box is not None and "tiny-random-llama" in box.text()
    press(box, "Use it")
    folder = models / "tiny-random-llama"
    assert store.now.model == folder and (folder / "llm.gguf").samefile(model)
    until(
        lambda: any(card.facts.path == folder for card in dialog.installed.cards),
        timeout=PATIENCE_MS,
    )
    card = next(card for card in dialog.installed.cards if card.facts.path == folder)
    assert (card.facts.name, card.facts.sees, card.facts.error) == (
        "tiny random llama",
        False,
        None,
    )
    until(lambda: dialog.findChild(QMessageBox) is None, timeout=WAIT_MS)
    card.remove.click()
    box = dialog.findChild(QMessageBox)
    assert box is not None
    press(box, "Remove")
    until(lambda: not folder.exists(), timeout=PATIENCE_MS)
    until(lambda: manager.jobs.states == {}, timeout=PATIENCE_MS)
    assert store.now.model is None and model.exists()
    manager.close()
    del effects


def test_a_file_that_is_none_is_refused_with_its_sentence(
    window: Person, store: SettingsStore, models: Path, tmp_path: Path
) -> None:
    manager = ModelManager(store, window.bridge, window.window, command=COMMAND)
    model = tmp_path / "torn.gguf"
    model.write_bytes(b"GGUF, but torn")
    manager.bring([model])
    [sheet] = window.window.findChildren(ImportSheet)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    [card] = manager.dialog.work.cards
    said = card.progress.sentence
    window.qtbot.waitUntil(lambda: said.property("kind") == "error", timeout=PATIENCE_MS)
    assert "torn.gguf is damaged or no GGUF file" in said.text() and "\n" not in said.text()
    assert not any(models.glob("*"))
    manager.close()
