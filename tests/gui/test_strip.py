"""The strip of thumbnails: seen from two pictures on, chosen by mouse and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.strip import PictureStrip
from app.theme import Theme
from tests.gui.conftest import make_picture


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    return [make_picture(tmp_path / f"{name}.png") for name in ("one", "two", "three")]


@pytest.fixture
def strip(qtbot: QtBot, theme: Theme) -> PictureStrip:
    strip = PictureStrip()
    qtbot.addWidget(strip)
    strip.resize(500, 90)
    return strip


def _fill(strip: PictureStrip, pictures: list[Path], current: int = 0) -> None:
    for path in pictures:
        strip.add(path)
    strip.mark(pictures[current])


def test_one_picture_needs_no_strip(strip: PictureStrip, pictures: list[Path]) -> None:
    strip.mark(pictures[0])
    assert strip.isHidden()
    strip.add(pictures[1])
    assert not strip.isHidden()


def test_each_picture_says_which_one_it_is(strip: PictureStrip, pictures: list[Path]) -> None:
    _fill(strip, pictures, 1)
    assert strip.paths == tuple(pictures)
    assert strip.button(pictures[2]).accessibleName() == "Picture 3 of 3: three.png"
    assert [strip.button(path).isChecked() for path in pictures] == [False, True, False]


def test_thumbnails_are_made(strip: PictureStrip, pictures: list[Path], qtbot: QtBot) -> None:
    _fill(strip, pictures)
    qtbot.waitUntil(lambda: not any(strip.button(path).icon().isNull() for path in pictures))


def test_a_click_chooses_but_the_canvas_decides_what_is_current(
    strip: PictureStrip, pictures: list[Path], qtbot: QtBot
) -> None:
    _fill(strip, pictures)
    with qtbot.waitSignal(strip.chosen) as chosen:
        QTest.mouseClick(strip.button(pictures[2]), Qt.MouseButton.LeftButton)
    assert chosen.args == [pictures[2]]
    assert not strip.button(pictures[2]).isChecked()


def test_steps_go_round(strip: PictureStrip, pictures: list[Path], qtbot: QtBot) -> None:
    _fill(strip, pictures)
    with qtbot.waitSignal(strip.chosen) as chosen:
        strip.step(-1)
    assert chosen.args == [pictures[2]]


def test_delete_takes_a_picture_out_and_shows_its_neighbour(
    strip: PictureStrip, pictures: list[Path], qtbot: QtBot
) -> None:
    _fill(strip, pictures, 2)
    with qtbot.waitActive(strip):
        strip.activateWindow()
    button = strip.button(pictures[2])
    button.setFocus()
    with qtbot.waitSignal(strip.chosen) as chosen:
        QTest.keyClick(button, Qt.Key.Key_Delete)
    assert chosen.args == [pictures[1]]
    assert strip.paths == tuple(pictures[:2])


def test_a_picture_that_an_answer_speaks_of_stays(
    strip: PictureStrip, pictures: list[Path], qtbot: QtBot
) -> None:
    _fill(strip, pictures)
    strip.in_use = lambda path: path == pictures[1]
    with qtbot.waitSignal(strip.failed) as failed:
        strip.remove(pictures[1])
    assert failed.args == ["two.png stays: an answer speaks of it."]
    assert strip.paths == tuple(pictures)


def test_a_file_that_is_no_picture_leaves_with_a_sentence(
    strip: PictureStrip, pictures: list[Path], qtbot: QtBot, tmp_path: Path
) -> None:
    _fill(strip, pictures)
    bad = tmp_path / "notes.txt"
    bad.write_text("no picture")
    with qtbot.waitSignal(strip.failed) as failed:
        strip.add(bad)
    assert failed.args[0].startswith("notes.txt is not a picture")
    assert strip.paths == tuple(pictures)


def test_a_new_conversation_keeps_one(strip: PictureStrip, pictures: list[Path]) -> None:
    _fill(strip, pictures)
    strip.keep_only(pictures[0])
    assert strip.paths == (pictures[0],)
    assert strip.isHidden()


def test_the_wheel_moves_along_the_strip(strip: PictureStrip, tmp_path: Path, qtbot: QtBot) -> None:
    _fill(strip, [make_picture(tmp_path / f"{number}.png") for number in range(12)])
    bar = strip.horizontalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    event = QWheelEvent(
        QPointF(50, 30),
        QPointF(50, 30),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(strip.viewport(), event)
    assert bar.value() == min(120, bar.maximum())
