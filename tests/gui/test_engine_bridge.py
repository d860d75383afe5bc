"""The engine process seen from the window: a recording is written down."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.engine_bridge import EngineBridge
from engine.protocol import Transcribed
from tests.gui.conftest import WAIT_MS, Person
from tests.support.scripted_host import COMMAND


def test_what_a_recording_says_comes_as_an_event(window: Person) -> None:
    window.wait_ready()
    for name, told in (
        ("where-is-it.wav", Transcribed("a", "where is it")),
        ("silence.wav", Transcribed("a", "")),
    ):
        with window.qtbot.waitSignal(window.bridge.event_arrived, timeout=WAIT_MS) as came:
            window.bridge.transcribe("a", Path(name))
        assert came.args == [told]


def test_without_an_engine_that_is_said(qtbot: QtBot) -> None:
    bridge = EngineBridge(COMMAND)
    with qtbot.waitSignal(bridge.event_arrived, timeout=WAIT_MS) as came:
        bridge.transcribe("a", Path("said.wav"))
    assert came.args == [Transcribed("a", "", "The engine was not started.")]
