"""Text from 100% to 200%: no word in the window or in a dialog is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.chat.actions import Ears
from app.engine_state import EngineState, Phase
from app.log.dialog import LogDialog
from app.models.card import ModelCard
from app.models.jobs import Jobs
from app.settings.dialog import SettingsDialog
from app.settings.store import SettingsStore
from app.sheet import Sheet
from app.theme import Theme
from app.voice.clip import Clip
from engine.inventory import Inventory, Measured, ModelFacts, fit
from tests.gui.conftest import WAIT_MS, Person, add_menu
from tests.support.model_screens import model_states
from tests.support.sounds import tone

MODEL = ModelFacts(
    path=Path("/models/small"),
    default=True,
    name="a-model-with-a-long-name",
    languages=("en",),
    tasks=("chat", "refer", "grounding"),
    context=4096,
    weights=10**9,
    cache=1000,
    measured=(Measured("detection: classes", "photographs", "IoU 0.5", 0.5, 60),),
)


@pytest.fixture(params=[100, 150, 200])
def percent(request: pytest.FixtureRequest, theme: Theme) -> Iterator[int]:
    size: int = request.param
    theme.choose("system", size)
    yield size
    theme.choose("system", 100)


def _cut_off(root: QWidget) -> list[str]:
    """The words of labels and buttons that have less room than they take."""
    QApplication.processEvents()
    found = []
    said: list[QLabel | QAbstractButton] = [
        *root.findChildren(QLabel),
        *root.findChildren(QAbstractButton),
    ]
    for widget in said:
        if not (widget.isVisible() and widget.text()):
            continue
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        needed = widget.minimumSizeHint()
        height = widget.heightForWidth(widget.width()) if wraps else needed.height()
        if widget.width() < needed.width() or widget.height() < height:
            found.append(f"{widget.text()}: {widget.size()}, needs {needed}, {height}")
    return found


def _whole(widget: QWidget) -> bool:
    return _cut_off(widget) == []


def test_what_is_cut_off_is_noticed(qtbot: QtBot) -> None:
    label = QWidget()
    qtbot.addWidget(label)
    words = QLabel("Some words", label)
    words.resize(10, 10)
    label.show()
    assert len(_cut_off(label)) == 1
    words.adjustSize()
    assert _cut_off(label) == []


def _settles(window: Person) -> None:
    """Wait until everything has the room that it takes, which the window may have to grow for."""
    window.qtbot.waitUntil(lambda: _cut_off(window.window) == [], timeout=WAIT_MS)


def test_the_window(percent: int, window: Person, theme: Theme, picture: Path) -> None:
    add_menu(window, theme, SettingsStore(picture.parent / "settings.toml"))
    _settles(window)
    window.wait_ready()
    _settles(window)
    window.bring(picture)
    window.read(window.ask("[grounding]"))
    window.window.resize(window.window.minimumSizeHint())
    _settles(window)
    _talks(window)
    _asks_aloud(window, picture.parent)


def _talks(window: Person) -> None:
    """Press the button to talk, and look at the strip that comes with it."""
    window.window.chat.composer.talk.click()
    _settles(window)
    strip = window.window.talk.strip
    for speaking in (False, True):
        for held in (False, True):
            strip.explain(speaking=speaking, held=held)
            _settles(window)
    window.window.talk.leave()


def _asks_aloud(window: Person, folder: Path) -> None:
    """Say something, have it written down, and send it."""
    chat = window.window.chat
    chat.ask_spoken(Clip(tone(folder / "said.wav", seconds=3), 3.0))
    _settles(window)
    window.qtbot.waitUntil(lambda: bool(chat.composer.words), timeout=WAIT_MS)
    chat.composer.write("[vqa] a question of several words, as it was written down")
    _settles(window)
    chat.composer.submit()
    turn = chat.controller.turns[-1]
    window.read(turn)
    turn.heard[turn.clips[0]] = "words that are heard, and more of them than are in a line"
    window.card(turn).set_ears(Ears.FREE)
    _settles(window)


def test_the_window_in_chinese(
    chinese: None, percent: int, window: Person, theme: Theme, picture: Path
) -> None:
    test_the_window(percent, window, theme, picture)


def test_the_window_that_failed(percent: int, broken_window: Person) -> None:
    bar = broken_window.window.chat.failure
    broken_window.qtbot.waitUntil(bar.isVisible, timeout=WAIT_MS)
    _settles(broken_window)


def test_the_dialogs(percent: int, window: Person, theme: Theme, tmp_path: Path) -> None:
    add_menu(window, theme, SettingsStore(tmp_path / "settings.toml"))
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.window, Qt.Key.Key_Comma, control)
    settings = window.window.findChild(SettingsDialog)
    assert settings is not None and _cut_off(settings) == []
    settings.close()
    window.window.activateWindow()
    window.qtbot.waitUntil(window.window.isActiveWindow, timeout=WAIT_MS)
    QTest.keyClick(window.window, Qt.Key.Key_L, control | shift)
    log = window.window.findChild(LogDialog)
    assert log is not None and _cut_off(log) == []


def test_the_dialogs_in_chinese(
    chinese: None, percent: int, window: Person, theme: Theme, tmp_path: Path
) -> None:
    test_the_dialogs(percent, window, theme, tmp_path)


def test_a_dialog_that_is_open_grows_with_its_words(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = SettingsDialog(SettingsStore(tmp_path / "settings.toml"), parent)
    dialog.open_beside()
    before = dialog.width()
    theme.choose("system", 200)
    try:
        assert _cut_off(dialog) == []
        assert dialog.width() > before
    finally:
        theme.choose("system", 100)


def test_a_dialog_that_is_wider_than_the_screen_scrolls(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    narrow, wide = (Sheet(title, parent, em=20) for title in ("narrow", "wide"))
    far = QLabel("at the end of the page")
    row = QHBoxLayout()
    row.addSpacing(QApplication.primaryScreen().size().width())
    row.addWidget(far)
    wide.page.addLayout(row)
    for sheet, scrolls in ((narrow, False), (wide, True)):
        sheet.open_beside()
        QApplication.processEvents()
        area = sheet.findChild(QScrollArea)
        assert area is not None
        assert (area.horizontalScrollBar().maximum() > 0) == scrolls
        area.ensureWidgetVisible(far)
    assert far.visibleRegion().boundingRect().width() == far.width()


def test_a_model(percent: int, qtbot: QtBot) -> None:
    card = ModelCard(MODEL, Jobs())
    qtbot.addWidget(card)
    card.show_fit(fit(MODEL, Inventory((MODEL,), 10**9, ()), context=None, device="auto"))
    card.show_use(used=True, state=EngineState(Phase.LOADING, done=0.5))
    card.resize(card.minimumSizeHint())
    card.show()
    card.resize(card.width(), card.heightForWidth(card.width()))
    assert _cut_off(card) == []


def test_the_models_that_are_being_installed(
    percent: int, window: Person, theme: Theme, tmp_path: Path
) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    for _, widget in model_states(store, window.bridge, window.window, tmp_path):
        whole = partial(_whole, widget)
        window.qtbot.waitUntil(whole, timeout=WAIT_MS)


def test_the_models_that_are_being_installed_in_chinese(
    chinese: None, percent: int, window: Person, theme: Theme, tmp_path: Path
) -> None:
    test_the_models_that_are_being_installed(percent, window, theme, tmp_path)


def test_a_model_in_chinese(chinese: None, percent: int, qtbot: QtBot) -> None:
    test_a_model(percent, qtbot)
