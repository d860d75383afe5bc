"""Questions that are spoken, or come as sound files, in the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.chat.actions import Action
from app.chat.conversation import Turn, TurnState
from app.engine_state import EngineState, Phase
from app.main_window import MainWindow
from app.store.archive import Archive
from app.theme import Theme
from app.voice.clip import Clip
from engine.types import AudioPart, ImagePart, TextPart
from tests.gui.conftest import WAIT_MS, Person
from tests.support.fake_portaudio import FakePortAudio
from tests.support.played import PlayedEngine, sounds
from tests.support.sounds import tone
from tests.support.speech import said


@dataclass(frozen=True)
class Speaker:
    """A person who speaks to a window with an engine that is played."""

    person: Person
    engine: PlayedEngine
    folder: Path
    archive: Archive

    @property
    def window(self) -> MainWindow:
        return self.person.window

    @property
    def turns(self) -> list[Turn]:
        return self.window.chat.controller.turns

    @property
    def chips(self) -> tuple[Path, ...]:
        return self.window.chat.composer.clips.paths

    @property
    def hint(self) -> str:
        return self.window.chat.composer.hint.text()

    @property
    def words(self) -> str:
        return self.window.chat.composer.field.toPlainText()

    def say(self, name: str = "said", *, seconds: float = 0.5) -> Path:
        """Say something; gives the file that was recorded."""
        path = tone(self.folder / f"{name}.wav", seconds=seconds)
        self.window.chat.ask_spoken(Clip(path, seconds))
        return path

    def enter(self) -> None:
        QTest.keyClick(self.window.chat.composer.field, Qt.Key.Key_Return)

    def press(self, turn: Turn, action: Action) -> None:
        button = self.person.card(turn).actions_row.buttons[action]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def shown(self, turn: Turn) -> str:
        """All that the card of a turn says."""
        labels = self.person.card(turn).findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisible())

    def drop(self, path: Path) -> None:
        """Drop a sound file, and wait for its chip."""
        before = len(self.chips)
        self.person.drop_file(path)
        self.person.qtbot.waitUntil(lambda: len(self.chips) > before, timeout=WAIT_MS)


def _opened(
    qtbot: QtBot, theme: Theme, folder: Path, *, hears: bool, begun: bool = True
) -> Iterator[Speaker]:
    engine = PlayedEngine(hears=hears)
    archive = Archive(folder / "data")
    window = MainWindow(theme, engine, archive=archive)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.completed, timeout=WAIT_MS):
        window.show()
    if begun:
        engine.start()
    yield Speaker(Person(window, engine, qtbot), engine, folder, archive)
    window.close()


@pytest.fixture
def speaker(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Speaker]:
    """With a model that hears."""
    yield from _opened(qtbot, theme, tmp_path, hears=True)


@pytest.fixture
def deaf(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Speaker]:
    """With a model that does not hear."""
    yield from _opened(qtbot, theme, tmp_path, hears=False)


@pytest.fixture
def early(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Speaker]:
    """With an engine that is still loading its model, which hears."""
    yield from _opened(qtbot, theme, tmp_path, hears=True, begun=False)


def test_what_is_said_is_asked_with_the_chosen_task(speaker: Speaker, picture: Path) -> None:
    speaker.person.bring(picture)
    speaker.person.type("[refer] please")
    recorded = speaker.say()
    (turn,) = speaker.turns
    assert (turn.task, turn.words, turn.picture) == ("refer", "please", picture)
    (kept,) = turn.clips
    assert kept.parent == speaker.folder / "data" / "attachments" and not recorded.exists()
    parts = (ImagePart(picture), AudioPart(kept), TextPart("please"))
    assert speaker.engine.requests[0].messages[0].parts == parts
    assert (speaker.chips, speaker.words) == ((), "")
    assert speaker.person.card(turn).clips[0].isVisible()
    assert "please" in speaker.shown(turn)


def test_from_the_button_to_the_answer(
    speaker: Speaker, picture: Path, portaudio: FakePortAudio
) -> None:
    speaker.person.bring(picture)
    talk, button = speaker.window.talk, speaker.window.chat.composer.talk
    with speaker.person.qtbot.waitSignal(talk.recorder.opened, timeout=WAIT_MS):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    portaudio.streams[-1].hear_sound(said(44_100, 2))
    speaker.person.qtbot.waitUntil(
        lambda: any(sounds(told[-1]) for told in speaker.engine.prepared), timeout=WAIT_MS
    )
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    speaker.person.qtbot.waitUntil(lambda: bool(speaker.turns), timeout=WAIT_MS)
    (turn,) = speaker.turns
    assert (turn.answer.text, turn.state) == ("It is here.", TurnState.DONE)
    assert turn.clips[0].is_file()
    assert list(speaker.archive.recordings.iterdir()) == []


def test_it_listens_while_one_speaks(speaker: Speaker, picture: Path) -> None:
    speaker.person.bring(picture)
    for paused in (False, True):
        speaker.window.talk.hearing.emit(Path("now.wav"), paused)
        growing = AudioPart(Path("now.wav"), growing=True, paused=paused)
        assert speaker.engine.prepared[-1][-1].parts == (ImagePart(picture), growing)


def test_while_an_answer_is_written_what_was_said_waits_in_the_composer(speaker: Speaker) -> None:
    speaker.engine.slow = True
    speaker.say("one")
    speaker.say("two")
    assert (len(speaker.turns), len(speaker.chips)) == (1, 1)
    assert "still being written" in speaker.hint
    speaker.engine.go_on()
    speaker.enter()
    assert (len(speaker.turns), speaker.chips) == (2, ())
    assert [len(sounds(message)) for message in speaker.engine.requests[1].messages] == [1, 0, 1]


def test_what_is_said_early_is_sent_when_the_model_is_ready(early: Speaker) -> None:
    early.say()
    assert (early.turns, len(early.chips)) == ([], 1)
    assert early.hint == "What was said is sent as soon as the model is ready."
    early.engine.show(EngineState(Phase.LOADING, done=0.5))
    early.engine.start()
    assert (len(early.turns), early.chips) == (1, ())
    early.engine.show(EngineState(Phase.LOADING))
    early.say("more")
    QTest.mouseClick(
        early.window.chat.composer.clips.chip(early.chips[0]).remove, Qt.MouseButton.LeftButton
    )
    early.engine.start()
    assert len(early.turns) == 1


def test_a_model_that_does_not_hear_gets_the_words_that_were_checked(deaf: Speaker) -> None:
    deaf.person.type("[vqa] please")
    deaf.engine.slow = True
    deaf.say()
    assert deaf.hint == "What was said is being written down…"
    deaf.enter()  # in vain, and nothing is asked twice
    assert (deaf.turns, len(deaf.engine.transcribed)) == ([], 1)
    deaf.engine.go_on()
    assert deaf.words == "[vqa] where is the mug please"
    assert deaf.hint == "Heard, please check: Enter sends these words."
    deaf.person.type("!")
    assert deaf.hint.startswith("Heard, please check")
    deaf.enter()


def test_the_checked_words_go_and_the_recording_stays(deaf: Speaker) -> None:
    deaf.say()
    deaf.person.type("?")
    deaf.enter()
    (turn,) = deaf.turns
    assert deaf.engine.requests[0].messages[0].parts == (TextPart("where is the mug?"),)
    assert (len(turn.clips), turn.transcribed) == (1, True)
    assert deaf.engine.transcribed == list(turn.clips)
    assert "Written down from the recording:\nwhere is the mug?" in deaf.shown(turn)
    assert not deaf.person.card(turn).actions_row.buttons[Action.HEAR].isVisible()
    deaf.press(turn, Action.AGAIN)
    assert deaf.turns[-1].clips == turn.clips and deaf.turns[-1].tries == 1
    assert len(deaf.engine.transcribed) == 1


@pytest.mark.parametrize(
    ("heard", "error", "sentence"),
    [
        ("", None, "Nothing was heard in the recording; say it again, or type."),
        ("", "a.wav is cut short.", "a.wav is cut short."),
    ],
)
def test_nothing_is_sent_where_nothing_was_heard(
    deaf: Speaker, heard: str, error: str | None, sentence: str
) -> None:
    deaf.engine.heard, deaf.engine.error = heard, error
    deaf.say()
    assert (deaf.hint, deaf.turns, deaf.words) == (sentence, [], "")
    deaf.engine.heard, deaf.engine.error = "now", None
    deaf.enter()
    assert (deaf.words, len(deaf.engine.transcribed)) == ("now", 2)
    deaf.window.chat.composer.field.clear()
    deaf.enter()
    assert (deaf.words, len(deaf.engine.transcribed)) == ("now", 3)


def test_what_was_taken_away_meanwhile_is_not_written_down(deaf: Speaker) -> None:
    deaf.engine.slow = True
    deaf.say()
    chips = deaf.window.chat.composer.clips
    QTest.keyClick(chips.chip(chips.paths[0]).remove, Qt.Key.Key_Delete)
    deaf.engine.go_on()
    assert (deaf.words, deaf.chips, deaf.turns) == ("", (), [])
    assert deaf.hint.startswith("Enter sends")
    assert deaf.window.chat.composer.field.hasFocus()


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "ogg"])
def test_a_sound_file_goes_with_the_next_question(speaker: Speaker, ending: str) -> None:
    path = tone(speaker.folder / f"note.{ending}")
    speaker.drop(path)
    assert path.exists()
    assert speaker.window.chat.composer.task == "chat"
    speaker.person.ask("what is said")
    (turn,) = speaker.turns
    assert turn.clips[0].read_bytes() == path.read_bytes()
    assert sounds(speaker.engine.requests[0].messages[0]) == list(turn.clips)


def test_several_files_are_taken_at_once(speaker: Speaker, picture: Path) -> None:
    one, two = tone(speaker.folder / "1.wav"), tone(speaker.folder / "2.wav", seconds=0.3)
    strange = speaker.folder / "3.m4a"
    strange.write_bytes(b"no sound")
    with speaker.person.qtbot.waitSignal(speaker.window.stage.picture_shown, timeout=WAIT_MS):
        assert speaker.window.bring([one, picture, two])
    speaker.person.qtbot.waitUntil(lambda: len(speaker.chips) == 2, timeout=WAIT_MS)
    assert [path.read_bytes() for path in speaker.chips] == [one.read_bytes(), two.read_bytes()]
    assert speaker.window.bring([strange])
    sentence = "3.m4a can't be read as a recording; WAV, FLAC, MP3 and OGG can."
    speaker.person.qtbot.waitUntil(lambda: speaker.hint == sentence, timeout=WAIT_MS)
    assert len(speaker.chips) == 2


def test_a_spoken_question_is_changed_with_its_recording(speaker: Speaker) -> None:
    speaker.say()
    (turn,) = speaker.turns
    speaker.press(turn, Action.EDIT)
    assert (speaker.chips, speaker.words) == (turn.clips, "")
    assert "remove the recording" in speaker.hint
    speaker.person.ask("in one word")
    assert [each.clips for each in speaker.turns] == [turn.clips]
    assert (speaker.turns[0].words, speaker.turns[0].parent) == ("in one word", None)
    speaker.press(speaker.turns[0], Action.EDIT)
    chips = speaker.window.chat.composer.clips
    QTest.mouseClick(chips.chip(chips.paths[0]).remove, Qt.MouseButton.LeftButton)
    speaker.window.chat.composer.field.clear()
    assert "changed question" not in speaker.hint
    speaker.press(speaker.turns[0], Action.EDIT)
    speaker.person.begin_anew()
    assert speaker.chips == ()


def test_asking_again_where_the_model_does_not_hear_any_more(speaker: Speaker) -> None:
    speaker.say()
    (turn,) = speaker.turns
    speaker.engine._hears = False
    speaker.engine.start()
    speaker.press(turn, Action.AGAIN)
    assert (speaker.words, speaker.chips) == ("where is the mug", turn.clips)
    speaker.enter()
    assert speaker.turns[0].transcribed and speaker.turns[0] is not turn
    assert not sounds(speaker.engine.requests[-1].messages[-1])


def test_what_was_heard_is_shown_found_and_there_again(speaker: Speaker) -> None:
    speaker.say()
    (turn,) = speaker.turns
    titles = speaker.window.sidebar.conversations
    assert titles.index(0).data() == "Spoken question"
    speaker.engine.slow = True
    button = speaker.person.card(turn).actions_row.buttons[Action.HEAR]
    speaker.press(turn, Action.HEAR)
    assert "Listening to it…" in speaker.shown(turn) and not button.isEnabled()
    speaker.engine.go_on()
    assert "Heard: “where is the mug”" in speaker.shown(turn) and button.isEnabled()
    assert speaker.engine.requests[1].messages[0].task == "transcribe"
    assert len(speaker.turns) == 1
    assert titles.index(0).data() == "where is the mug"
    speaker.engine.heard = ""
    speaker.press(turn, Action.HEAR)
    assert "Nothing was heard in it." in speaker.shown(turn)
    speaker.engine.heard, speaker.engine.error = "", "The engine ended."
    speaker.press(turn, Action.HEAR)
    assert speaker.hint == "The engine ended."
    speaker.person.begin_anew()
    speaker.window.history.resume()
    (again,) = speaker.turns
    assert (again.clips, again.heard) == (turn.clips, {turn.clips[0]: ""})


def test_recordings_go_with_their_conversation(speaker: Speaker) -> None:
    speaker.say("one")
    speaker.say("two", seconds=0.3)
    one, two = (turn.clips[0] for turn in speaker.turns)
    waits = tone(speaker.folder / "waits.wav", seconds=0.2)
    speaker.drop(waits)
    number = speaker.archive.conversations.latest()
    assert number is not None
    speaker.window.sidebar.deleted.emit(number, "it")
    speaker.window.sidebar.toast.finish()
    assert not one.exists() and not two.exists()
    assert speaker.chips[0].exists()


def test_what_is_not_sent_is_not_kept(speaker: Speaker) -> None:
    speaker.say()
    (turn,) = speaker.turns
    speaker.press(turn, Action.EDIT)
    chips = speaker.window.chat.composer.clips
    QTest.keyClick(chips.chip(turn.clips[0]).remove, Qt.Key.Key_Space)
    assert turn.clips[0].exists()
    for seconds in (0.2, 0.3):
        speaker.drop(tone(speaker.folder / "note.wav", seconds=seconds))
    removed, left = speaker.chips
    QTest.keyClick(chips.chip(removed).view.button, Qt.Key.Key_Backspace)
    assert not removed.exists() and left.exists()
    speaker.window.close()
    assert not left.exists() and turn.clips[0].exists()


def test_one_plays_at_a_time_and_none_in_another_conversation(
    speaker: Speaker, portaudio: FakePortAudio
) -> None:
    speaker.say("one")
    speaker.say("two")
    first, second = (speaker.person.card(turn).clips[0] for turn in speaker.turns)
    first.button.click()
    second.button.click()
    assert (first.plays, second.plays) == (False, True)
    speaker.window.talk.began.emit()
    assert not second.plays
    second.button.click()
    speaker.person.begin_anew()
    playing = speaker.window.chat.clips.playing
    assert playing.holder is None
    speaker.person.qtbot.waitUntil(
        lambda: len(portaudio.streams) == 3 and all(each.closed for each in portaudio.streams),
        timeout=WAIT_MS,
    )


def test_the_task_that_takes_speech_is_offered_by_a_model_that_hears(speaker: Speaker) -> None:
    speaker.person.ask_in_vain("[asr]")
    assert speaker.hint == "This needs something said: record it, or drop a sound file."
    speaker.say()
    assert speaker.turns[0].task == "transcribe"
