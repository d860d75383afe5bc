"""A recording is played through PortAudio into a sound server, and heard there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.sound.devices import SoundError, speaker
from app.sound.listening import Listening
from app.sound.playing import Playing
from tests.support.sound_server import MICROPHONE, missing, sound_server
from tests.support.sounds import tone

WAIT_MS = 60_000


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if reason := missing():
        pytest.skip(f"There is no sound server to play into: {reason}")
    folder = tmp_path / "sound"
    folder.mkdir(mode=0o700)
    with sound_server(folder) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        try:
            speaker()
        except SoundError as error:
            pytest.skip(f"PortAudio can't be used here: {error}")
        yield


def test_what_is_played_is_heard_to_its_end(server: None, qtbot: QtBot, tmp_path: Path) -> None:
    playing, listening = Playing(), Listening()
    loud: list[float] = []
    places: list[float] = []
    listening.loud.connect(loud.append)
    playing.moved.connect(places.append)
    failed: list[str] = []
    listening.failed.connect(failed.append)
    playing.failed.connect(lambda _holder, sentence: failed.append(sentence))
    listening.start(MICROPHONE)
    qtbot.waitUntil(lambda: bool(loud or failed), timeout=WAIT_MS)
    playing.play("me", tone(tmp_path / "said.mp3", seconds=2))
    qtbot.waitUntil(lambda: playing.holder is None, timeout=WAIT_MS)
    assert failed == []
    assert places == sorted(places) and places[-1] > 1.5
    qtbot.waitUntil(lambda: max(loud) > 0.8, timeout=WAIT_MS)
    listening.stop()
