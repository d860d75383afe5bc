"""A model comes from a hub of this machine, through the window and the real command line."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.models.child import COMMAND
from app.models.manager import ModelManager
from app.settings.store import SettingsStore
from tests.gui.conftest import WAIT_MS, Person
from tests.support.hub_models import MODEL, owl
from tests.support.hub_server import HubServer, serving

PATIENCE_MS = 4 * WAIT_MS  # libraries are loaded, on a machine that may be busy
BLOCK = 4096  # bytes that the server gives at once
BLOCKS = 20  # of what the server gives, before it is held back


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub with one model, and a person who has none."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("HF_"):
            monkeypatch.delenv(name)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    with serving(HubServer({"a/owl": owl()}, gate=threading.Semaphore(BLOCKS))) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        yield server


def test_it_is_stopped_goes_on_and_is_there(
    hub: HubServer, window: Person, store: SettingsStore, tmp_path: Path
) -> None:
    until = window.qtbot.waitUntil
    models = tmp_path / "home" / "sightline" / "models"
    manager = ModelManager(store, window.bridge, window.window, command=COMMAND)
    dialog = manager.dialog
    dialog.open_beside()
    until(lambda: bool(dialog.offered.cards), timeout=PATIENCE_MS)
    assert "from 127.0.0.1." in dialog.offered.sentence and hub.asked == []
    field = dialog.offered.repository.field
    QTest.keyClicks(field, "a/owl")
    QTest.keyClick(field, Qt.Key.Key_Return)
    [card] = dialog.work.cards
    came = BLOCKS * BLOCK
    until(
        lambda: sum(path.stat().st_size for path in models.rglob("*.part")) == came,
        timeout=PATIENCE_MS,
    )
    card.progress.stop.click()
    until(card.progress.retry.isVisible, timeout=PATIENCE_MS)
    assert "is kept" in card.progress.sentence.text()
    assert hub.gate is not None
    hub.gate.release(1 << 20)
    card.progress.retry.click()
    until(lambda: manager.jobs.states == {}, timeout=PATIENCE_MS)
    facts = next(card.facts for card in dialog.installed.cards if card.facts.name == "owl")
    assert (facts.error, facts.path, facts.sees) == (None, models / "owl", True)
    assert [asked for asked, _ in hub.sent(MODEL)][-1] == f"bytes={came}-"
    manager.close()
