"""A recorder without a sound card, and an ear for all that it tells."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.voice import take
from app.voice.clip import Clip
from app.voice.recorder import Recorder
from tests.gui.conftest import WAIT_MS
from tests.support.fake_portaudio import FakePortAudio, Stream


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, no microphone is taken for dead."""
    monkeypatch.setattr(take, "DEAD_S", WAIT_MS / 1000)


@dataclass
class Told:
    """All that a recorder said."""

    levels: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    began: list[Path] = field(default_factory=list)
    grown: list[int] = field(default_factory=list)
    clips: list[Clip] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    ends: int = 0

    def listen(self, recorder: Recorder) -> None:
        recorder.level.connect(self.levels.append)
        recorder.elapsed.connect(self.seconds.append)
        recorder.began.connect(self.began.append)
        recorder.grew.connect(lambda: self.grown.append(self.began[-1].stat().st_size))
        recorder.recorded.connect(self.clips.append)
        recorder.empty.connect(self.sentences.append)
        recorder.failed.connect(self.sentences.append)
        recorder.ended.connect(self._end)

    def _end(self) -> None:
        self.ends += 1


@dataclass(frozen=True, slots=True)
class Studio:
    """A recorder, its folder, the sound card that there isn't, and what was told."""

    recorder: Recorder
    folder: Path
    portaudio: FakePortAudio
    told: Told
    qtbot: QtBot

    def start(self, name: str | None = None) -> Stream:
        """Begin; gives the microphone, which is open by then."""
        before = len(self.portaudio.streams)
        with self.qtbot.waitSignal(self.recorder.opened, timeout=WAIT_MS):
            self.recorder.start(name, self.folder)
        assert len(self.portaudio.streams) == before + 1
        return self.portaudio.streams[-1]

    def hear(self, stream: Stream, sound: array[int]) -> None:
        """Let the microphone hear a sound, and wait until all of it was told of."""
        before = len(self.told.levels)
        piece = stream.facts["blocksize"] * stream.facts["channels"]
        pieces = -(-len(sound) // piece)
        stream.hear_sound(sound)
        self.qtbot.waitUntil(lambda: len(self.told.levels) == before + pieces, timeout=WAIT_MS)

    def sentence(self) -> str:
        """Wait until a sentence is said; gives it."""
        self.qtbot.waitUntil(lambda: bool(self.told.sentences), timeout=WAIT_MS)
        return self.told.sentences[-1]

    def clip(self) -> Clip:
        self.qtbot.waitUntil(lambda: bool(self.told.clips), timeout=WAIT_MS)
        return self.told.clips[-1]

    def wait_closed(self) -> None:
        """Until no microphone is open."""
        streams = self.portaudio.streams
        self.qtbot.waitUntil(lambda: all(each.closed for each in streams), timeout=WAIT_MS)

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*"))


@pytest.fixture
def studio(portaudio: FakePortAudio, qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    recorder, told = Recorder(), Told()
    told.listen(recorder)
    made = Studio(recorder, tmp_path / "recordings", portaudio, told, qtbot)
    yield made
    recorder.close()
    made.wait_closed()
