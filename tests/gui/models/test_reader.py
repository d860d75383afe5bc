"""What is asked of the command line before anything is shown."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.models.reader import catalogue_reader, inventory_reader
from engine.inventory import Inventory
from engine.plain import to_plain
from tests.gui.conftest import WAIT_MS
from tests.gui.models.conftest import CATALOGUE, INVENTORY, SMALL, Line

NEWER = Inventory((SMALL,), 0, ())


def test_what_there_is_and_what_could_be(qtbot: QtBot, line: Line) -> None:
    for reader, there in (
        (inventory_reader(line.command), INVENTORY),
        (catalogue_reader(line.command), CATALOGUE),
    ):
        with qtbot.waitSignal(reader.found, timeout=WAIT_MS) as found:
            reader.ask()
        assert found.args == [there]
    assert line.calls("list") == line.calls("catalogue") == [["--json"]]


def test_what_is_new_while_it_is_found_out_is_found(qtbot: QtBot, line: Line) -> None:
    line.say(list=[[to_plain(INVENTORY)], [to_plain(NEWER)]])
    reader = inventory_reader(line.command)
    told: list[Inventory] = []
    reader.found.connect(told.append)
    reader.ask()
    reader.ask()
    reader.ask()
    qtbot.waitUntil(lambda: not reader.busy, timeout=WAIT_MS)
    assert told == [NEWER]
    assert len(line.calls("list")) == 2


@pytest.mark.parametrize("said", ["nonsense", "{}", ""])
def test_what_can_not_be_read_is_said(qtbot: QtBot, line: Line, said: str) -> None:
    line.say(list=[[said]])
    reader = inventory_reader(line.command)
    with qtbot.waitSignal(reader.failed, timeout=WAIT_MS) as failed:
        reader.ask()
    assert failed.args == ["The models can't be listed: it said nothing"]


def test_a_command_that_is_missing_is_said(qtbot: QtBot) -> None:
    reader = catalogue_reader(("/no/such/program",))
    with qtbot.waitSignal(reader.failed, timeout=WAIT_MS) as failed:
        reader.ask()
    assert failed.args[0].startswith("What can be installed can't be listed: ")


def test_one_that_is_closed_tells_nothing(qtbot: QtBot, line: Line) -> None:
    reader = inventory_reader(line.command)
    with qtbot.assertNotEmitted(reader.found), qtbot.assertNotEmitted(reader.failed):
        reader.ask()
        reader.close()
