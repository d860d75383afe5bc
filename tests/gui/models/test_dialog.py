"""The models dialog: what is listed, what fits, and switching with a running engine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.engine_state import EngineState, Phase
from app.models.card import ModelCard
from app.models.dialog import ModelsDialog
from app.models.jobs import Jobs
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.inventory import Inventory
from tests.gui.conftest import WAIT_MS, Person, add_menu, in_the_dialog_that_comes
from tests.gui.models.conftest import INVENTORY, SMALL, Line


def _card(dialog: ModelsDialog, name: str) -> ModelCard:
    return next(card for card in dialog.installed.cards if card.facts.name == name)


def _words(card: ModelCard) -> str:
    return "\n".join(label.text() for label in card.findChildren(QLabel) if label.isVisible())


def test_what_each_model_is_and_whether_it_fits(dialog: ModelsDialog) -> None:
    small, large, bad = (_card(dialog, name) for name in ("small", "large", "bad"))
    assert [card.badge.text() for card in (small, large, bad)] == [
        "Fits",
        "Too large",
        "Can't be used",
    ]
    assert "1.0 GB · en, zh" in _words(small) and "Tasks: Chat, Point to" in _words(small)
    assert "more must become free" in _words(large)
    assert "It is cut short." in _words(bad)
    assert [card.use.isEnabled() for card in (small, large, bad)] == [False, True, False]
    assert small.use.text() == "In use"


def test_measured_quality_is_shown_when_asked_for(dialog: ModelsDialog) -> None:
    small = _card(dialog, "small")
    assert "0.63" not in _words(small)
    more = next(b for b in small.findChildren(QPushButton) if b.text() == "Measured quality")
    QTest.mouseClick(more, Qt.MouseButton.LeftButton)
    assert "refer, scenes (60)" in _words(small) and "0.63" in _words(small)
    others = _card(dialog, "large").findChildren(QPushButton)
    assert not [button for button in others if button.isCheckable() and button.isVisible()]


def test_another_model_is_chosen_loads_and_answers(dialog: ModelsDialog, window: Person) -> None:
    shown: list[bool] = []
    large = _card(dialog, "large")
    window.bridge.state_changed.connect(lambda _: shown.append(large.progress.isVisible()))
    large.use.setFocus()
    QTest.keyClick(large.use, Qt.Key.Key_Space)
    window.qtbot.waitUntil(
        lambda: window.window.chat.status.text == "large · ready", timeout=WAIT_MS
    )
    assert shown[0] and not shown[-1]
    assert (large.use.text(), _card(dialog, "small").use.text()) == ("In use", "Use")
    QTest.mouseClick(_card(dialog, "small").use, Qt.MouseButton.LeftButton)
    window.qtbot.waitUntil(
        lambda: window.window.chat.status.text == "scripted · ready", timeout=WAIT_MS
    )


def test_how_far_a_model_is_loaded_and_that_it_failed(qtbot: QtBot, theme: Theme) -> None:
    card = ModelCard(SMALL, Jobs())
    qtbot.addWidget(card)
    card.show()
    card.show_use(used=True, state=EngineState(Phase.LOADING, done=0.4))
    assert (card.progress.value(), card.progress.isVisible()) == (40, True)
    card.show_use(used=True, state=EngineState(Phase.FAILED, "It is damaged."))
    assert (card.use.text(), card.use.isEnabled(), card.progress.isVisible()) == (
        "Try again",
        True,
        False,
    )


def test_what_stays_keeps_its_card_and_the_focus(
    dialog: ModelsDialog, line: Line, qtbot: QtBot
) -> None:
    large = _card(dialog, "large")
    large.use.setFocus()
    line.have(Inventory(INVENTORY.models[:2], INVENTORY.free, ()))
    again = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Look again")
    again.click()
    qtbot.waitUntil(lambda: len(dialog.installed.cards) == 2, timeout=WAIT_MS)
    assert _card(dialog, "large") is large and dialog.focusWidget() is large.use


def test_a_computer_without_models(dialog: ModelsDialog, line: Line, qtbot: QtBot) -> None:
    line.have(Inventory((), None, ()))
    dialog.look()
    qtbot.waitUntil(lambda: dialog.installed.cards == [], timeout=WAIT_MS)
    said = [label.text() for label in dialog.installed.findChildren(QLabel) if label.isVisible()]
    assert "No model is installed here." in said


def test_files_that_are_dropped_on_the_dialog(dialog: ModelsDialog, tmp_path: Path) -> None:
    came: list[list[Path]] = []
    dialog.brought.disconnect()
    dialog.brought.connect(came.append)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl("https://example.invalid/a.gguf")])
    keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
    enter = QDragEnterEvent(QPoint(20, 20), *keys)
    QApplication.sendEvent(dialog, enter)
    QApplication.sendEvent(dialog, QDropEvent(QPointF(20, 20), *keys))
    assert enter.isAccepted() and came == [[tmp_path]]


def test_an_address_alone_is_not_taken(dialog: ModelsDialog) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.invalid/a.gguf")])
    keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
    enter = QDragEnterEvent(QPoint(20, 20), *keys)
    enter.ignore()
    QApplication.sendEvent(dialog, enter)
    assert not enter.isAccepted()


def test_files_that_are_chosen(dialog: ModelsDialog, tmp_path: Path, qtbot: QtBot) -> None:
    came: list[list[Path]] = []
    dialog.brought.disconnect()
    dialog.brought.connect(came.append)
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")
    QTimer.singleShot(0, lambda: in_the_dialog_that_comes(model))
    QTest.keyClick(dialog, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: came == [[model]], timeout=WAIT_MS)


def test_the_menu_opens_it_by_key(window: Person, theme: Theme, tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    add_menu(window, theme, store)
    QTest.keyClick(window.window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    opened = window.window.findChild(ModelsDialog)
    assert opened is not None and opened.isVisible()
    window.qtbot.waitUntil(lambda: not opened.sentence.startswith("Looking"), timeout=WAIT_MS)
