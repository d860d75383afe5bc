"""A sound file on a loudspeaker, without a sound card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.sound.playing import Playing
from tests.gui.conftest import WAIT_MS
from tests.support.fake_portaudio import FakePortAudio, Stream
from tests.support.sounds import tone

ME, OTHER = "me", "another"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return tone(tmp_path / "said.wav", seconds=0.5)


@pytest.fixture
def playing(portaudio: FakePortAudio, qtbot: QtBot) -> Iterator[Playing]:
    made = Playing()
    yield made
    made.stop()
    qtbot.waitUntil(lambda: all(each.closed for each in portaudio.streams), timeout=WAIT_MS)


def _play(playing: Playing, portaudio: FakePortAudio, clip: Path, qtbot: QtBot) -> Stream:
    before = len(portaudio.streams)
    playing.play(ME, clip)
    qtbot.waitUntil(lambda: len(portaudio.streams) > before, timeout=WAIT_MS)
    qtbot.wait(20)  # until the window's thread knows as well
    return portaudio.streams[-1]


def _failure(playing: Playing, clip: Path, qtbot: QtBot) -> str:
    with qtbot.waitSignal(playing.failed, timeout=WAIT_MS) as said:
        playing.play(ME, clip)
    assert said.args is not None
    holder, sentence = said.args
    assert (holder, playing.holder) == (ME, None)
    return str(sentence)


def test_it_plays_to_its_end_and_tells_how_far_it_is(
    playing: Playing, portaudio: FakePortAudio, clip: Path, qtbot: QtBot
) -> None:
    stream = _play(playing, portaudio, clip, qtbot)
    assert (stream.device, stream.facts["samplerate"], stream.facts["channels"]) == (0, 44_100, 2)
    stream.play(11_025)
    with qtbot.waitSignal(playing.moved, timeout=WAIT_MS) as moved:
        sound = stream.play(100)
    assert moved.args in ([0.0], [0.25])
    assert max(sound) > 0.05 and sound[0::2] == sound[1::2]
    with qtbot.waitSignal(playing.changed, timeout=WAIT_MS):
        assert set(stream.play(22_050)[-100:]) == {0.0}
    assert playing.holder is None
    qtbot.waitUntil(lambda: stream.closed, timeout=WAIT_MS)


def test_one_plays_at_a_time(
    playing: Playing, portaudio: FakePortAudio, clip: Path, qtbot: QtBot
) -> None:
    first = _play(playing, portaudio, clip, qtbot)
    playing.play(OTHER, clip, start=0.25)
    qtbot.waitUntil(lambda: len(portaudio.streams) == 2, timeout=WAIT_MS)
    assert first.closed and playing.holder == OTHER
    with qtbot.waitSignal(playing.moved, timeout=WAIT_MS) as moved:
        portaudio.streams[1].play(10)
    assert moved.args == [0.25]
    assert set(first.play(10)) == {0.0}  # what still runs of it is silent


def test_stopped_before_it_was_open(
    playing: Playing, portaudio: FakePortAudio, clip: Path, qtbot: QtBot
) -> None:
    for _ in range(3):
        playing.play(ME, clip)
        playing.stop()
    stream = _play(playing, portaudio, clip, qtbot)
    assert [each.closed for each in portaudio.streams] == [True] * 3 + [False]
    assert not stream.closed


def test_another_rate_is_tried(
    playing: Playing, portaudio: FakePortAudio, clip: Path, qtbot: QtBot
) -> None:
    portaudio.takes = {(16_000, 2)}
    stream = _play(playing, portaudio, clip, qtbot)
    assert stream.facts["samplerate"] == 16_000
    assert len([sample for sample in stream.play(9000) if sample]) == pytest.approx(16_000, rel=0.1)


def test_a_loudspeaker_that_is_pulled_out_ends_it(
    playing: Playing, portaudio: FakePortAudio, clip: Path, qtbot: QtBot
) -> None:
    stream = _play(playing, portaudio, clip, qtbot)
    stream.vanish()
    qtbot.waitUntil(lambda: playing.holder is None and stream.closed, timeout=WAIT_MS)


def test_what_can_not_be_played_is_said(
    playing: Playing, portaudio: FakePortAudio, clip: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    gone = _failure(playing, tmp_path / "gone.wav", qtbot)
    assert gone == "The file of this recording is no longer there."
    strange = tmp_path / "strange.wav"
    strange.write_bytes(b"no sound at all")
    assert _failure(playing, strange, qtbot).startswith("This recording can't be read: ")
    portaudio.refuses = "Device unavailable"
    refused = _failure(playing, clip, qtbot)
    assert refused == "The loudspeaker speakers can't be used: Device unavailable."
    portaudio.outputs = {}
    assert _failure(playing, clip, qtbot).startswith("No loudspeaker is there")
