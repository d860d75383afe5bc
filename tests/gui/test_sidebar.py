"""The sidebar as a person uses it: opening, searching, renaming, deleting and taking it back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from app.history.sidebar import Sidebar
from app.store.archive import FILE, Archive
from app.store.records import StoredConversation
from tests.gui.conftest import WAIT_MS, Person, make_picture


@pytest.fixture
def sidebar(window: Person) -> Sidebar:
    return window.window.history.sidebar


def _titles(sidebar: Sidebar) -> list[str]:
    model = sidebar.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def _click(sidebar: Sidebar, title: str) -> None:
    """Click on a conversation in the list."""
    index = sidebar.list.model().index(_titles(sidebar).index(title), 0)
    place = sidebar.list.visualRect(index).center()
    QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def _two(window: Person) -> None:
    """Two conversations, one about whiskers and one about paws, which is shown."""
    window.read(window.ask("whiskers"))
    window.begin_anew()
    window.read(window.ask("paws"))


def test_what_was_asked_is_listed_and_opened_with_a_click(window: Person, sidebar: Sidebar) -> None:
    _two(window)
    assert _titles(sidebar) == ["paws", "whiskers"]
    assert sidebar.list.currentIndex().data() == "paws"
    _click(sidebar, "whiskers")
    (turn,) = window.window.chat.controller.turns
    assert window.read(turn) == "You said: whiskers"
    window.read(window.ask("more"))
    assert _titles(sidebar) == ["whiskers", "paws"]
    _click(sidebar, "paws")
    assert [t.words for t in window.window.chat.controller.turns] == ["paws"]


def test_each_conversation_has_its_own_picture(
    window: Person, sidebar: Sidebar, picture: Path, tmp_path: Path
) -> None:
    window.read(window.ask("no picture"))
    window.begin_anew()
    window.bring(make_picture(tmp_path / "other.png"))
    window.read(window.ask("[refer] the red half"))
    _click(sidebar, "no picture")
    assert window.window.stage.path is None
    assert window.window.stage.welcome.isVisible()
    assert window.window.chat.controller.picture is None
    _click(sidebar, "Point to the red half")
    view = window.window.stage.view
    assert view.boxes == ()
    window.qtbot.waitUntil(lambda: len(view.boxes) == 1, timeout=WAIT_MS)
    assert view.isVisible()


def test_the_search_finds_words_of_answers_and_says_where(window: Person, sidebar: Sidebar) -> None:
    _two(window)
    QTest.keyClick(window.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    window.qtbot.waitUntil(sidebar.search.hasFocus)
    QTest.keyClicks(sidebar.search, "said whisk")
    assert _titles(sidebar) == ["whiskers"]
    QTest.keyClick(sidebar.search, Qt.Key.Key_Down)
    QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert [t.words for t in window.window.chat.controller.turns] == ["whiskers"]
    QTest.keyClicks(sidebar.search, "x")
    assert sidebar.text == "Nothing found for “said whiskx”."
    QTest.keyClick(sidebar.search, Qt.Key.Key_Escape)
    assert _titles(sidebar) == ["paws", "whiskers"]


def test_a_conversation_is_renamed_where_it_stands(window: Person, sidebar: Sidebar) -> None:
    _two(window)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_F2)
    editor = sidebar.list.findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "  The  walk ")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    window.qtbot.waitUntil(lambda: _titles(sidebar) == ["The walk", "whiskers"])
    assert sidebar.list.currentIndex().data() == "The walk"


def test_a_deleted_conversation_is_brought_back(window: Person, sidebar: Sidebar) -> None:
    _two(window)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert _titles(sidebar) == ["whiskers"]
    assert window.window.chat.controller.turns == []
    assert sidebar.toast.text == "Deleted “paws”."
    QTest.mouseClick(sidebar.toast.undo, Qt.MouseButton.LeftButton)
    assert _titles(sidebar) == ["paws", "whiskers"]
    assert [t.words for t in window.window.chat.controller.turns] == ["paws"]
    assert sidebar.toast.isHidden()


def test_what_was_deleted_goes_for_good_with_the_next_one(window: Person, sidebar: Sidebar) -> None:
    _two(window)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    _click(sidebar, "whiskers")
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert sidebar.toast.text == "Deleted “whiskers”."
    QTest.keyClick(
        window.window,
        Qt.Key.Key_Z,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    window.qtbot.waitUntil(lambda: _titles(sidebar) == ["whiskers"])
    assert "only" not in sidebar.text


def test_the_menu_of_a_conversation_deletes_it(window: Person, sidebar: Sidebar) -> None:
    _two(window)
    place = sidebar.list.visualRect(sidebar.list.model().index(1, 0)).center()
    sidebar.list.customContextMenuRequested.emit(place)
    menu = sidebar.findChild(QMenu)
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions()]
    menu.setActiveAction(menu.actions()[texts.index("Delete")])
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert _titles(sidebar) == ["paws"]


def test_thousands_are_listed_as_one_scrolls(
    window: Person, sidebar: Sidebar, tmp_path: Path
) -> None:
    with closing(Archive(tmp_path / "data")) as archive:
        for number in range(250):
            archive.conversations.begin(StoredConversation(f"talk {number}", (), None))
    window.window.history.refresh()
    assert len(_titles(sidebar)) == 100
    bar = sidebar.list.verticalScrollBar()

    def at_the_end() -> bool:
        bar.setValue(bar.maximum())
        return len(_titles(sidebar)) == 250

    window.qtbot.waitUntil(at_the_end)
    assert _titles(sidebar)[-1] == "talk 0"


def test_the_conversations_of_a_newer_program_are_read_only(
    window: Person, sidebar: Sidebar, tmp_path: Path
) -> None:
    window.read(window.ask("whiskers"))
    with closing(sqlite3.connect(tmp_path / "data" / FILE)) as newer:
        newer.execute("PRAGMA user_version = 99")
    window.window.history.close()
    window.window.history.start()
    assert "newer Sightline" in sidebar.text
    window.begin_anew()
    assert window.read(window.ask("paws")) == "You said: paws"
    assert _titles(sidebar) == ["whiskers"]
    sidebar.list.setFocus()
    sidebar.list.setCurrentIndex(sidebar.list.model().index(0, 0))
    QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert _titles(sidebar) == ["whiskers"]
    assert sidebar.toast.isHidden()


def test_a_damaged_file_is_said_and_one_can_still_ask(
    window: Person, sidebar: Sidebar, tmp_path: Path
) -> None:
    window.read(window.ask("whiskers"))
    window.window.history.close()
    (tmp_path / "data" / FILE).write_bytes(b"no database" * 1000)
    assert window.read(window.ask("paws")) == "You said: paws"
    assert FILE in sidebar.text


def test_the_sidebar_is_hidden_and_shown_by_key(window: Person, sidebar: Sidebar) -> None:
    QTest.keyClick(window.window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    window.qtbot.waitUntil(sidebar.isHidden)
    QTest.keyClick(window.window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    window.qtbot.waitUntil(sidebar.isVisible)


def test_a_narrow_window_has_no_room_for_the_sidebar(window: Person, sidebar: Sidebar) -> None:
    window.window.resize(900, 700)
    window.qtbot.waitUntil(sidebar.isHidden)
    window.window.resize(1400, 700)
    window.qtbot.waitUntil(sidebar.isVisible)
