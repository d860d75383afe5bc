"""A part of the screen is chosen by mouse or keys; Escape leaves, and the window comes back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.capture.overlay import Overlay
from app.capture.session import NO_LEAVE, Capture, Shot, grab_screens, part_of
from app.theme import Theme
from engine.grounding.geometry import Box

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def _screen(ratio: int = 1, place: QRect | None = None) -> Shot:
    """A screen, red on the left and blue on the right, of `ratio` pixels a logical one."""
    place = place or QRect(0, 0, 400, 300)
    pixels = QPixmap(place.size() * ratio)
    pixels.fill(QColor("red"))
    painter = QPainter(pixels)
    painter.fillRect(pixels.rect().adjusted(pixels.width() // 2, 0, 0, 0), QColor("blue"))
    painter.end()
    pixels.setDevicePixelRatio(ratio)
    return Shot(pixels, place)


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def _begin(qtbot: QtBot, window: QWidget, *shots: Shot) -> Capture:
    capture = Capture(window, grab=lambda: list(shots), fade_ms=0)
    capture.start()
    assert not window.isVisible()
    qtbot.waitUntil(lambda: len(capture.overlays) == len(shots))
    for overlay in capture.overlays:
        qtbot.waitExposed(overlay)
    return capture


def _drag(overlay: Overlay, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one point to another, given in 0..1 of the overlay."""
    first, last = (
        QPoint(round(x * overlay.width()), round(y * overlay.height())) for x, y in (start, end)
    )
    QTest.mousePress(overlay, LEFT, NONE, first)
    QTest.mouseMove(overlay, last)
    QTest.mouseRelease(overlay, LEFT, NONE, last)


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_dragged_rectangle_is_taken_in_all_its_pixels(
    qtbot: QtBot, window: QWidget, ratio: int
) -> None:
    capture = _begin(qtbot, window, _screen(ratio))
    with qtbot.waitSignal(capture.taken) as taken:
        _drag(capture.overlays[0], (0.875, 0.75), (0.375, 0.25))
    image: QImage = taken.args[0]
    assert (image.width(), image.height()) == (200 * ratio, 150 * ratio)
    assert image.pixelColor(10, 10) == QColor("red")
    assert image.pixelColor(190 * ratio, 10) == QColor("blue")
    assert window.isVisible()
    assert capture.overlays == []


def test_escape_leaves_without_a_picture(qtbot: QtBot, window: QWidget) -> None:
    capture = _begin(qtbot, window, _screen())
    with qtbot.assertNotEmitted(capture.taken):
        QTest.keyClick(capture.overlays[0], Qt.Key.Key_Escape)
    assert window.isVisible()
    assert capture.overlays == []


def test_the_right_button_leaves_too(qtbot: QtBot, window: QWidget) -> None:
    capture = _begin(qtbot, window, _screen())
    QTest.mouseClick(capture.overlays[0], Qt.MouseButton.RightButton)
    assert capture.overlays == []


def test_a_mere_click_chooses_nothing(qtbot: QtBot, window: QWidget) -> None:
    capture = _begin(qtbot, window, _screen())
    with qtbot.assertNotEmitted(capture.taken):
        QTest.mouseClick(capture.overlays[0], LEFT, NONE, QPoint(50, 50))
    assert capture.overlays[0].choice.isEmpty()
    QTest.keyClick(capture.overlays[0], Qt.Key.Key_Escape)


def test_a_part_is_chosen_by_keys(qtbot: QtBot, window: QWidget) -> None:
    capture = _begin(qtbot, window, _screen())
    overlay = capture.overlays[0]
    QTest.keyClick(overlay, Qt.Key.Key_Right)
    wide, high = overlay.width(), overlay.height()
    assert overlay.choice == QRectF(wide / 4, high / 4, wide / 2, high / 2)
    QTest.keyClick(overlay, Qt.Key.Key_Left)
    QTest.keyClick(overlay, Qt.Key.Key_Down, SHIFT)
    assert overlay.choice == QRectF(wide / 4 - 8, high / 4, wide / 2, high / 2 + 8)
    with qtbot.waitSignal(capture.taken) as taken:
        QTest.keyClick(overlay, Qt.Key.Key_Return)
    assert taken.args[0].width() == 200
    assert taken.args[0].height() == round(300 * (high / 2 + 8) / high)


def test_enter_alone_takes_the_whole_screen(qtbot: QtBot, window: QWidget) -> None:
    capture = _begin(qtbot, window, _screen())
    with qtbot.waitSignal(capture.taken) as taken:
        QTest.keyClick(capture.overlays[0], Qt.Key.Key_Return)
    assert (taken.args[0].width(), taken.args[0].height()) == (400, 300)


def test_every_screen_is_covered_and_all_are_freed(qtbot: QtBot, window: QWidget) -> None:
    capture = _begin(qtbot, window, _screen(), _screen(place=QRect(400, 0, 300, 300)))
    first, second = capture.overlays
    with qtbot.waitSignal(capture.taken):
        _drag(second, (0.1, 0.1), (0.5, 0.5))
    assert not first.isVisible()
    assert not second.isVisible()


def test_a_desktop_that_gives_no_picture_is_said(qtbot: QtBot, window: QWidget) -> None:
    capture = Capture(window, grab=list, fade_ms=0)
    with qtbot.waitSignal(capture.refused) as refused:
        capture.start()
    assert refused.args == [NO_LEAVE]
    assert window.isVisible()


def test_outside_the_choice_is_dimmed(qtbot: QtBot, window: QWidget) -> None:
    capture = _begin(qtbot, window, _screen())
    overlay = capture.overlays[0]
    QTest.keyClick(overlay, Qt.Key.Key_Right)
    shot = overlay.grab().toImage()
    assert shot.pixelColor(shot.width() // 3, shot.height() // 2) == QColor("red")
    assert shot.pixelColor(20, 20).red() < 160
    QTest.keyClick(overlay, Qt.Key.Key_Escape)


def test_the_screens_that_are_there_are_grabbed(qtbot: QtBot, window: QWidget) -> None:
    shots = grab_screens()
    assert len(shots) == len(QGuiApplication.screens())
    for shot in shots:
        assert part_of(shot, Box(0, 0, 1, 1)).size() == shot.pixels.size()
