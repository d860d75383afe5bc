"""Conversations that are kept: a restart, a kill, going back and forth between them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.chat.conversation import TurnState
from app.chat.transcript import PAGE
from app.store.archive import Archive
from app.store.records import Piece, StoredConversation, StoredTurn
from tests.gui.conftest import WAIT_MS, Start

ROOT = Path(__file__).resolve().parents[2]

# A window in a process of its own that asks and says how far the answer is.
ASKING = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from app.engine_bridge import EngineBridge
from app.main_window import MainWindow
from app.store.archive import Archive
from app.theme import Theme
from tests.support.scripted_host import COMMAND

application = QApplication([])
folder = Path(sys.argv[1])
bridge = EngineBridge(COMMAND)
window = MainWindow(Theme(application), bridge, archive=Archive(folder))
window.chat.composer.write("wait")
window.chat.composer.submit()
turn = window.chat.controller.turns[0]
print("asked", flush=True)
bridge.event_arrived.connect(lambda _: print(len(turn.answer.text), flush=True))
bridge.start()
application.exec()
"""


def test_a_restart_brings_the_conversation_back_with_its_picture_and_boxes(
    start: Start, picture: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    first = start()
    first.bring(picture)
    first.read(first.ask("[refer] the red half"))
    boxes = first.window.stage.view.boxes
    with closing(Archive(tmp_path / "data")) as archive:
        store = archive.conversations
        qtbot.waitUntil(lambda: store.load(1).turns[0].picture != str(picture), timeout=WAIT_MS)
    first.window.close()
    picture.unlink()
    again = start()
    qtbot.waitUntil(lambda: again.window.stage.view.boxes == boxes, timeout=WAIT_MS)
    (turn,) = again.window.chat.controller.turns
    assert again.read(turn) == "the red half"
    again.point_at(turn, 0)
    assert again.window.stage.view.lit == 0
    assert again.read(again.ask("[caption]")) == "a cat on a mat"
    assert not again.window.chat.controller.turns[-1].attached


def test_a_killed_window_loses_no_question_and_little_of_an_answer(
    start: Start, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", ASKING, str(tmp_path / "data")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        assert window.stdout.readline() == "asked\n"
        arrived = 0
        while arrived < 100:
            arrived = int(window.stdout.readline())
        window.kill()
    again = start()
    (turn,) = again.window.chat.controller.turns
    assert (turn.words, turn.state) == ("wait", TurnState.CUT_OFF)
    assert turn.answer.text.startswith("1 2 3 ")
    assert len(turn.answer.text) > arrived - 50
    assert again.read(again.ask("go on")) == "You said: go on"


def test_a_long_conversation_is_shown_from_its_end_and_read_upwards(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    _long(tmp_path, 6 * PAGE)
    person = start()
    person.window.resize(1400, 600)
    transcript = person.window.chat.transcript
    turns = person.window.chat.controller.turns
    assert len(turns) == 6 * PAGE
    bar = transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    made = len(transcript.cards)
    assert made < 4 * PAGE
    first = person.card(turns[-made])
    bar.setValue(0)
    assert len(transcript.cards) == made + PAGE
    qtbot.waitUntil(lambda: first.y() > PAGE * 10 and bar.value() == first.y() - 18)
    bar.setValue(0)
    assert len(transcript.cards) == made + 2 * PAGE


def test_a_tall_window_is_filled_with_turns(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    _long(tmp_path, 12 * PAGE)
    person = start()
    person.window.resize(1400, 2500)
    transcript = person.window.chat.transcript
    qtbot.waitUntil(lambda: transcript.verticalScrollBar().maximum() > 0)
    assert PAGE < len(transcript.cards) < 12 * PAGE


def _long(folder: Path, count: int) -> None:
    """Keep a conversation of so many turns."""
    archive = Archive(folder / "data")
    turns = tuple(
        StoredTurn(
            id=str(number),
            parent=str(number - 1) if number else None,
            task="chat",
            words=f"question {number}",
            picture=None,
            attached=False,
            state="done",
            raw="yes",
            pieces=(Piece("yes"),),
        )
        for number in range(count)
    )
    archive.conversations.begin(StoredConversation("Long", turns, turns[-1].id))
    archive.close()
