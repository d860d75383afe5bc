"""A clip is recorded, from the microphone to the file."""

from __future__ import annotations

import os
import sys
import wave
from array import array
from pathlib import Path
from time import time

import pytest

from app.voice.recordings import fresh, tidy
from tests.gui.conftest import WAIT_MS
from tests.gui.voice.conftest import RATE, Studio
from tests.support.speech import SAID_S, noise, read_wav, said, silence


def _close_to_said(seconds: float) -> bool:
    return SAID_S - 0.2 < seconds < SAID_S + 0.7


def test_a_sentence_becomes_a_clip_without_silence_around_it(studio: Studio) -> None:
    stream = studio.start()
    assert (stream.device, stream.facts["channels"], stream.facts["samplerate"]) == (2, 2, RATE)
    studio.hear(stream, silence(RATE, 1.5, 2))
    assert studio.told.seconds[-1] == 0 and studio.files == []
    studio.hear(stream, said(RATE, 2))
    assert studio.told.began == studio.files
    studio.hear(stream, silence(RATE, 1.0, 2))
    studio.recorder.stop()
    assert studio.told.ends == 1 and not studio.recorder.recording
    clip = studio.clip()
    assert studio.files == [clip.path]
    rate, samples = read_wav(clip.path)
    assert rate == 16_000 and len(samples) == round(clip.seconds * rate)
    assert _close_to_said(clip.seconds)
    assert max(studio.told.levels) > 0.8 and min(studio.told.levels) == 0
    assert studio.told.sentences == []


def test_the_file_can_be_read_while_it_grows_and_keeps_its_beginning(studio: Studio) -> None:
    stream = studio.start()
    for _ in range(2):
        studio.hear(stream, said(RATE, 2, behind_s=0.3))
    (path,) = studio.told.began
    growing = path.read_bytes()[44:]
    # It was told of about twice a second of sound, and there never was less than before.
    assert studio.told.grown == sorted(studio.told.grown) and len(studio.told.grown) >= 4
    assert len(growing) <= 2 * round(studio.told.seconds[-1] * 16_000)
    studio.recorder.stop()
    assert studio.clip().path.read_bytes()[44:].startswith(growing)


def test_in_a_pause_there_is_what_would_be_kept(studio: Studio) -> None:
    stream = studio.start()
    studio.hear(stream, said(RATE, 2, behind_s=1.5))
    studio.hear(stream, said(RATE, 2, behind_s=1.5))
    studio.recorder.stop()
    finished = studio.clip().path.read_bytes()[44:]
    # A sentence has pauses, too; the last of them was the end.
    assert len(studio.told.paused) >= 2
    assert all(finished.startswith(heard) for heard in studio.told.paused)
    assert studio.told.paused[-1] == finished
    assert len(studio.told.paused) == len(set(studio.told.paused))


@pytest.mark.parametrize(
    ("rate", "channels", "takes", "opened"),
    [
        (48_000, 1, set(), (48_000, 1)),
        (16_000, 2, set(), (16_000, 2)),
        (8_000, 1, set(), (8_000, 1)),
        (96_000, 32, set(), (96_000, 2)),
        (44_100, 6, {(44_100, 6)}, (44_100, 6)),
        (192_000, 2, {(48_000, 2)}, (48_000, 2)),
    ],
)
def test_any_rate_and_any_channels_give_the_same_clip(
    studio: Studio, rate: int, channels: int, takes: set[tuple[int, int]], opened: tuple[int, int]
) -> None:
    studio.portaudio.rate, studio.portaudio.takes = rate, takes
    studio.portaudio.devices = [("array", channels)]
    studio.portaudio.default.device = [0, 0]
    stream = studio.start()
    assert (stream.facts["samplerate"], stream.facts["channels"]) == opened
    studio.hear(stream, said(*opened, before_s=0.5, behind_s=0.5))
    studio.recorder.stop()
    assert _close_to_said(studio.clip().seconds)


def test_the_chosen_microphone_is_recorded(studio: Studio) -> None:
    assert studio.start("built in").device == 1


def test_what_is_let_go_in_mid_word_keeps_what_was_on_its_way(studio: Studio) -> None:
    stream = studio.start()
    sound = said(RATE, 2)
    at = 2 * (RATE // 2)
    studio.hear(stream, sound[:at])
    before = studio.told.seconds[-1]
    studio.recorder.stop()
    stream.hear_sound(sound[at : at + 2 * RATE // 10])
    assert before + 0.02 < studio.clip().seconds < before + 0.2


@pytest.mark.parametrize(
    ("sound", "sentence"),
    [
        (silence(RATE, 1.0, 2), "Nothing was heard; the microphone headset may be muted."),
        (
            noise(RATE, 1.0, 2),
            "Only noise was heard, no words; speak closer to the microphone.",
        ),
        (array("h"), "The microphone was not open yet; wait for “Speak now”."),
    ],
)
def test_where_nothing_was_said_it_is_told_why(
    studio: Studio, sound: array[int], sentence: str
) -> None:
    stream = studio.start()
    studio.hear(stream, sound)
    studio.recorder.stop()
    assert studio.sentence() == sentence
    studio.wait_closed()
    assert studio.told.clips == [] and studio.files == []


def test_a_discarded_one_leaves_nothing_and_says_nothing(studio: Studio) -> None:
    stream = studio.start()
    studio.hear(stream, said(RATE, 2))
    assert len(studio.files) == 1
    studio.recorder.discard()
    assert studio.told.ends == 1 and not studio.recorder.recording
    studio.wait_closed()
    studio.qtbot.waitUntil(lambda: studio.files == [], timeout=WAIT_MS)
    assert studio.told.clips == [] and studio.told.sentences == []


def test_one_after_the_other_without_waiting(studio: Studio) -> None:
    for _ in range(3):
        stream = studio.start()
        studio.hear(stream, said(RATE, 2))
        studio.recorder.stop()
    studio.recorder.start(None, studio.folder)
    studio.recorder.discard()
    studio.qtbot.waitUntil(lambda: len(studio.told.clips) == 3, timeout=WAIT_MS)
    studio.wait_closed()
    assert len({clip.path for clip in studio.told.clips}) == 3 == len(studio.files)
    assert studio.told.ends == 4


def test_it_ends_at_the_longest_that_the_model_takes(studio: Studio) -> None:
    studio.recorder.limit_s = 1.0
    stream = studio.start()
    stream.hear_sound(said(RATE, 2, before_s=0.7, behind_s=0.3))
    clip = studio.clip()
    assert clip.seconds == 1.0 and len(read_wav(clip.path)[1]) == 16_000
    assert studio.sentence() == "The recording ended here: the model takes no longer one."
    assert studio.told.ends == 1 and not studio.recorder.recording


def test_the_longest_may_be_told_while_it_records(studio: Studio) -> None:
    stream = studio.start()
    studio.hear(stream, said(RATE, 2)[: 2 * RATE])
    studio.recorder.limit_s = 0.6
    stream.hear_sound(said(RATE, 2)[2 * RATE :])
    assert studio.clip().seconds == 0.6


def test_a_microphone_that_was_forgotten_ends_as_well(studio: Studio) -> None:
    studio.recorder.limit_s = 1.0
    studio.start().hear_sound(silence(RATE, 1.5, 2))
    assert studio.sentence() == "Nothing was heard; the microphone headset may be muted."
    assert studio.told.ends == 1


def test_a_microphone_that_vanishes_leaves_what_was_said(studio: Studio) -> None:
    stream = studio.start()
    studio.hear(stream, said(RATE, 2))
    stream.vanish()
    assert _close_to_said(studio.clip().seconds)
    gone = "The microphone headset is gone. What it heard until then is kept."
    assert studio.sentence() == gone and studio.told.ends == 1
    # And the program goes on.
    studio.hear(studio.start("built in"), said(RATE, 1))
    studio.recorder.stop()
    studio.qtbot.waitUntil(lambda: len(studio.told.clips) == 2, timeout=WAIT_MS)


def test_a_microphone_that_vanishes_before_a_word_is_said(studio: Studio) -> None:
    studio.start().vanish()
    assert studio.sentence() == "The microphone headset is gone."
    studio.wait_closed()
    assert studio.told.clips == [] and studio.files == []


def test_a_microphone_that_says_nothing_any_more_is_gone(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.voice.take.DEAD_S", 0.05)
    studio.start()
    assert studio.sentence() == "The microphone headset is gone."


def test_whatever_can_not_be_opened_is_one_sentence(studio: Studio) -> None:
    fake = studio.portaudio

    def said_by(name: str | None) -> str:
        studio.told.sentences.clear()
        studio.recorder.start(name, studio.folder)
        return studio.sentence()

    assert said_by("old one") == "The microphone old one is not there; choose another one."
    fake.refuses = "Device busy"
    assert said_by(None) == "The microphone headset can't be used: Device busy."
    fake.refuses, fake.takes = "", {(11_025, 2)}
    assert said_by(None) == "The microphone headset can't be used: Invalid sample rate."
    fake.takes, fake.stuck = set(), True
    assert said_by(None) == "The microphone headset can't be used: Timed out."
    fake.stuck, fake.broken = False, True
    assert said_by(None) == "The sound system can't be used: Host error."
    fake.broken, fake.devices = False, [("speakers", 0)]
    assert said_by(None) == "No microphone is there; plug one in and try again."
    assert studio.told.ends == 6 and studio.told.clips == []


def test_without_portaudio_it_is_one_sentence(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sounddevice")
    studio.recorder.start(None, studio.folder)
    assert studio.sentence() == (
        "PortAudio is missing, so nothing can be heard; install libportaudio2."
    )


def test_what_can_not_be_loaded_ahead_is_not_spoken_of(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sounddevice")
    studio.recorder.warm_up()
    studio.recorder.start(None, studio.folder)
    studio.sentence()
    assert len(studio.told.sentences) == 1


def test_a_folder_that_can_not_be_written_is_one_sentence(studio: Studio) -> None:
    studio.folder.write_text("a file is in the way")
    stream = studio.start()
    stream.hear_sound(said(RATE, 2))
    assert studio.sentence() == f"The recording can't be kept in {studio.folder}: File exists."
    assert studio.told.clips == []


def test_a_window_that_closes_hears_no_more_of_it(studio: Studio) -> None:
    stream = studio.start()
    studio.hear(stream, said(RATE, 2))
    studio.recorder.close()
    stream.hear_sound(said(RATE, 2))
    studio.wait_closed()
    assert studio.told.clips == [] and studio.told.sentences == []
    studio.qtbot.waitUntil(lambda: studio.files == [], timeout=WAIT_MS)


def test_what_a_killed_program_left_is_tidied_away(studio: Studio) -> None:
    studio.folder.mkdir()
    old, young, other = fresh(studio.folder), fresh(studio.folder), studio.folder / "notes.txt"
    for path in (old, young, other):
        path.write_bytes(b"")
    for path in (old, other):
        os.utime(path, (time() - 7200,) * 2)
    studio.recorder.tidy(studio.folder)
    studio.qtbot.waitUntil(lambda: not old.exists(), timeout=WAIT_MS)
    assert studio.files == sorted([young, other])
    tidy(studio.folder / "nowhere")  # nothing was ever recorded


def test_a_growing_file_says_that_it_is_empty(studio: Studio) -> None:
    studio.hear(studio.start(), said(RATE, 2))
    with wave.open(str(studio.told.began[0])) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (0, 16_000, 1)
