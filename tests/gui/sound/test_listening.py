"""The microphones, and one that is listened to, without a sound card."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.sound.devices import SoundError, chosen, microphones
from app.sound.listening import Listening, loudness
from tests.gui.conftest import WAIT_MS
from tests.support.fake_portaudio import FakePortAudio, Stream


@pytest.fixture
def listening(portaudio: FakePortAudio, qtbot: QtBot) -> Iterator[Listening]:
    made = Listening()
    yield made
    made.stop()
    qtbot.waitUntil(lambda: all(each.closed for each in portaudio.streams), timeout=WAIT_MS)


def _open(listening: Listening, portaudio: FakePortAudio, name: str | None, qtbot: QtBot) -> Stream:
    before = len(portaudio.streams)
    listening.start(name)
    qtbot.waitUntil(lambda: len(portaudio.streams) > before, timeout=WAIT_MS)
    qtbot.wait(20)  # until the window's thread knows as well
    return portaudio.streams[-1]


@pytest.mark.parametrize(
    ("samples", "share"),
    [
        ((), 0.0),
        ((0, 0), 0.0),
        ((1, -32_768), 1.0),
        ((16_384,), 0.9),
        ((-328,), 1 / 3),
        ((9,), 0.0),
    ],
)
def test_loudness_is_in_decibels(samples: tuple[int, ...], share: float) -> None:
    content = b"".join(value.to_bytes(2, sys.byteorder, signed=True) for value in samples)
    assert loudness(content) == pytest.approx(share, abs=0.005)


def test_microphones_are_what_can_record_each_once(portaudio: FakePortAudio) -> None:
    assert [each.name for each in microphones()] == ["built in", "headset"]
    portaudio.devices.append(("plugged in", 1))
    assert [each.name for each in microphones()][-1] == "plugged in"
    assert portaudio.looked == 2


def test_the_systems_own_is_chosen_unless_another_is_named(portaudio: FakePortAudio) -> None:
    assert chosen(None).name == "headset"
    assert chosen("built in").number == 1
    portaudio.default.device = [-1, 0]
    assert chosen(None).name == "built in"


def test_without_any_microphone_it_is_said(portaudio: FakePortAudio) -> None:
    portaudio.devices = [("speakers", 0)]
    with pytest.raises(SoundError, match="No microphone is there"):
        chosen(None)


def test_without_portaudio_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(SoundError, match="libportaudio2"):
        microphones()


def test_it_tells_how_loud_it_is(
    listening: Listening, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    stream = _open(listening, portaudio, None, qtbot)
    assert (stream.device, stream.facts["channels"]) == (2, 2)
    with qtbot.waitSignal(listening.loud, timeout=WAIT_MS) as heard:
        stream.hear(0, 16_384)
    assert heard.args == [pytest.approx(0.9, abs=0.01)]
    listening.stop()
    qtbot.waitUntil(lambda: stream.closed, timeout=WAIT_MS)


def test_what_is_stopped_by_us_is_not_gone(
    listening: Listening, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    first = _open(listening, portaudio, None, qtbot)
    with qtbot.assertNotEmitted(listening.failed, wait=50):
        listening.stop()
        second = _open(listening, portaudio, "built in", qtbot)
    assert first.closed and not second.closed and second.device == 1


def test_stopped_before_it_was_open_and_begun_again(
    listening: Listening, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    for name in (None, "built in", None, "built in"):  # nothing of it was heard of here yet
        listening.start(name)
        listening.stop()
    stream = _open(listening, portaudio, "built in", qtbot)
    qtbot.waitUntil(lambda: len(portaudio.streams) == 5, timeout=WAIT_MS)
    # The devices are looked for each time, which the fake allows with no stream open alone.
    assert [each.closed for each in portaudio.streams] == [True] * 4 + [False]
    assert stream.device in (1, 2)


def test_one_that_is_stuck_is_said_once_and_closed(
    listening: Listening, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    portaudio.stuck = True
    said: list[str] = []
    listening.failed.connect(said.append)
    listening.start(None)
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT_MS)
    qtbot.wait(20)
    assert said == ["The microphone headset can't be used: Timed out."]
    assert portaudio.streams[0].closed


def test_a_broken_sound_system_is_said(
    listening: Listening, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    portaudio.broken = True
    told: list[object] = []
    listening.find(told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told == ["The sound system can't be used: Host error."]


def test_one_that_vanishes_is_said(
    listening: Listening, portaudio: FakePortAudio, qtbot: QtBot
) -> None:
    stream = _open(listening, portaudio, None, qtbot)
    with qtbot.waitSignal(listening.failed, timeout=WAIT_MS) as said:
        stream.vanish()
    assert said.args == ["The microphone headset is gone."]
    qtbot.waitUntil(lambda: stream.closed, timeout=WAIT_MS)
    assert not _open(listening, portaudio, None, qtbot).closed  # and it can begin again


@pytest.mark.parametrize(
    ("name", "refuses", "sentence"),
    [
        ("old one", "", "The microphone old one is not there; choose another one."),
        (None, "Device busy", "The microphone headset can't be used: Device busy."),
    ],
)
def test_one_that_can_not_be_opened_is_said(
    listening: Listening,
    portaudio: FakePortAudio,
    qtbot: QtBot,
    name: str | None,
    refuses: str,
    sentence: str,
) -> None:
    portaudio.refuses = refuses
    with qtbot.waitSignal(listening.failed, timeout=WAIT_MS) as said:
        listening.start(name)
    assert said.args == [sentence]
