"""Sound files on their way into the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.store.attachments import Attachments
from app.voice.clip import Clip
from app.voice.incoming import SoundArrivals, is_sound
from tests.gui.conftest import WAIT_MS
from tests.support.sounds import tone


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("a.wav", True),
        ("A.FLAC", True),
        ("a.mp3", True),
        ("a.ogg", True),
        ("a.opus", True),
        ("a.aac", True),
        ("a.png", False),
        ("a", False),
    ],
)
def test_a_sound_file_is_told_by_its_name(name: str, sound: bool) -> None:
    assert is_sound(Path(name)) == sound


def test_files_are_kept_in_their_order_and_strange_ones_refused(
    qtbot: QtBot, tmp_path: Path
) -> None:
    parent = QObject()
    attachments = Attachments(tmp_path / "kept")
    arrivals = SoundArrivals(parent, attachments)
    came: list[Clip | str] = []
    arrivals.brought.connect(came.append)
    arrivals.refused.connect(came.append)
    long, short = tone(tmp_path / "1.wav", seconds=3), tone(tmp_path / "2.wav", seconds=0.5)
    strange = tmp_path / "3.wav"
    strange.write_bytes(b"no sound")
    for path in (long, strange, short):
        arrivals.bring(path)
    qtbot.waitUntil(lambda: len(came) == 3, timeout=WAIT_MS)
    assert came[1] == "3.wav can't be read as a recording; WAV, FLAC, MP3 and OGG can."
    assert came[0] == Clip(attachments.path(attachments.keep(long)), 3.0)
    assert came[2] == Clip(attachments.path(attachments.keep(short)), 0.5)


def test_a_folder_that_can_not_be_written_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    parent = QObject()
    arrivals = SoundArrivals(parent, Attachments(tmp_path / "file" / "kept"))
    with qtbot.waitSignal(arrivals.refused, timeout=WAIT_MS) as said:
        arrivals.bring(tone(tmp_path / "1.wav"))
    assert said.args is not None and "1.wav can't be kept" in said.args[0]
