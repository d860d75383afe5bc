"""The models dialog: what is listed, what fits, and switching with a running engine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.engine_state import EngineState, Phase
from app.models.card import ModelCard
from app.models.dialog import ModelsDialog
from app.models.reader import InventoryReader
from app.settings.effects import Effects
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.inventory import Inventory, Measured, ModelFacts
from engine.plain import to_plain
from tests.gui.conftest import WAIT_MS, Person, add_menu

GB = 1_000_000_000
SMALL = ModelFacts(
    path=Path("/models/small"),
    default=True,
    name="small",
    version="1",
    licence="free",
    size=GB,
    languages=("en", "zh"),
    tasks=("chat", "refer"),
    context=4096,
    weights=GB,
    cache=1000,
    measured=(Measured("refer", "scenes", "IoU 0.5", 0.634, 60),),
)
LARGE = replace(
    SMALL, path=Path("/models/large"), default=False, name="large", weights=90 * GB, measured=()
)
BROKEN = ModelFacts(path=Path("/models/bad"), default=False, name="bad", error="It is cut short.")


def _saying(words: str) -> InventoryReader:
    command = (sys.executable, "-c", f"print({words!r})")
    return InventoryReader(command)


@pytest.fixture
def dialog(window: Person, theme: Theme, tmp_path: Path) -> Iterator[ModelsDialog]:
    """The dialog of a running window, with three models."""
    store = SettingsStore(tmp_path / "settings.toml")
    effects = Effects(store, theme, window.bridge, window.window.talk)
    window.wait_ready()
    there = json.dumps(to_plain(Inventory((SMALL, LARGE, BROKEN), 20 * GB, ())))
    made = ModelsDialog(store, window.bridge, window.window, reader=_saying(there))
    made.open_beside()
    window.qtbot.waitUntil(lambda: bool(made.cards), timeout=WAIT_MS)
    yield made
    del effects


def _card(dialog: ModelsDialog, name: str) -> ModelCard:
    return next(card for card in dialog.cards if card.facts.name == name)


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
    assert not [b for b in _card(dialog, "large").findChildren(QPushButton) if b.isCheckable()]


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
    card = ModelCard(SMALL)
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


@pytest.mark.parametrize("said", ["nonsense", "{}", ""])
def test_what_can_not_be_read_is_said(
    qtbot: QtBot, theme: Theme, window: Person, tmp_path: Path, said: str
) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    made = ModelsDialog(store, window.bridge, window.window, reader=_saying(said))
    made.open_beside()
    qtbot.waitUntil(lambda: "can't be listed" in made.sentence, timeout=WAIT_MS)


def test_a_command_that_is_missing_is_said(qtbot: QtBot) -> None:
    reader = InventoryReader(("/no/such/program",))
    with qtbot.waitSignal(reader.failed, timeout=WAIT_MS) as failed:
        reader.ask()
    assert "can't be listed" in failed.args[0]


def test_the_menu_opens_it_by_key(window: Person, theme: Theme, tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    add_menu(window, theme, store)
    QTest.keyClick(window.window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    opened = window.window.findChild(ModelsDialog)
    assert opened is not None and opened.isVisible()
    window.qtbot.waitUntil(lambda: not opened.sentence.startswith("Looking"), timeout=WAIT_MS)
