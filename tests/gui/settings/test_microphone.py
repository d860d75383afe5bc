"""The microphone's control in the settings, used as a person does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.settings.dialog import SettingsDialog
from app.settings.file import read_settings
from app.settings.microphone import MicrophoneEditor
from app.settings.store import SettingsStore
from tests.gui.conftest import WAIT_MS
from tests.support.fake_portaudio import FakePortAudio


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.toml")


@pytest.fixture
def editor(
    portaudio: FakePortAudio, store: SettingsStore, qtbot: QtBot
) -> Iterator[MicrophoneEditor]:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = SettingsDialog(store, parent)
    dialog.open_beside()
    made = dialog.editors["microphone"]
    assert isinstance(made, MicrophoneEditor)
    qtbot.waitUntil(lambda: portaudio.looked == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(_listed(made)) > 1, timeout=WAIT_MS)
    yield made
    dialog.close()


def _listed(editor: MicrophoneEditor) -> list[str]:
    return [editor.names.itemText(n) for n in range(editor.names.count())]


def test_a_microphone_is_chosen_by_its_name(editor: MicrophoneEditor, store: SettingsStore) -> None:
    assert _listed(editor) == ["The system's own", "built in", "headset"]
    editor.names.setFocus()
    QTest.keyClick(editor.names, Qt.Key.Key_Down)
    assert store.now.microphone == "built in" == read_settings(store.path).settings.microphone
    QTest.keyClick(editor.names, Qt.Key.Key_Up)
    assert store.now.microphone is None


def test_one_that_is_not_there_stays_chosen(editor: MicrophoneEditor, store: SettingsStore) -> None:
    store.change(microphone="old one")
    assert editor.names.currentText() == "old one"
    assert _listed(editor)[:3] == ["The system's own", "built in", "headset"]


def test_a_try_shows_how_loud_it_is(
    editor: MicrophoneEditor, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    QTest.mouseClick(editor.attempt, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(portaudio.streams) == 1, timeout=WAIT_MS)
    assert editor.meter.isVisible() and editor.meter.value() == 0
    portaudio.streams[0].hear(16_384)
    qtbot.waitUntil(lambda: editor.meter.value() == 90, timeout=WAIT_MS)
    # Another one is chosen, and tried at once.
    editor.names.setFocus()
    QTest.keyClick(editor.names, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: len(portaudio.streams) == 2, timeout=WAIT_MS)
    assert portaudio.streams[0].closed and portaudio.streams[1].device == 1
    editor.window().close()
    qtbot.waitUntil(lambda: portaudio.streams[1].closed, timeout=WAIT_MS)
    assert not editor.attempt.isChecked()


def test_what_fails_is_said_below(
    editor: MicrophoneEditor, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    portaudio.refuses = "Device busy"
    QTest.mouseClick(editor.attempt, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(editor.sentence.isVisible, timeout=WAIT_MS)
    assert editor.sentence.text() == "The microphone headset can't be used: Device busy."
    assert not editor.meter.isVisible() and not editor.attempt.isChecked()
