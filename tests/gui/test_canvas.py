"""The picture: zoom, pan, fit, boxes and hover, with real mouse and key events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.view import PictureView
from app.pyramid import Pyramid
from app.shown import ShownBox
from engine.grounding.geometry import Box
from tests.support.pointer import hover

LARGE = ShownBox(Box(0.1, 0.1, 0.9, 0.9), "a table", 0, 0)
SMALL = ShownBox(Box(0.2, 0.2, 0.4, 0.4), "a cup", 1, 1)


def _on_screen(view: PictureView, x: float, y: float) -> QPoint:
    """The viewport's point over a point of the picture given in 0..1."""
    return view.mapFromScene(QPointF(400 * x, 300 * y))


def _wheel(view: PictureView, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(view.viewport().mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def test_a_picture_is_fitted_and_stays_so_when_the_window_grows(view: PictureView) -> None:
    assert view.zoom == pytest.approx(2.0)
    view.resize(QSize(456, 656))
    assert view.zoom == pytest.approx(1.0)


def test_the_wheel_zooms_to_the_pointer(view: PictureView) -> None:
    at = _on_screen(view, 0.25, 0.75)
    before = view.mapToScene(at)
    _wheel(view, at, 3)
    assert view.zoom == pytest.approx(2.0 * 1.25**3)
    after = view.mapToScene(at)
    assert abs(after.x() - before.x()) < 1
    assert abs(after.y() - before.y()) < 1


def test_two_fingers_zoom_to_the_pointer(view: PictureView) -> None:
    at = _on_screen(view, 0.25, 0.75)
    before = view.mapToScene(at)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        QPointF(at),
        QPointF(at),
        QPointF(view.viewport().mapToGlobal(at)),
        0.5,
        QPointF(),
    )
    QApplication.sendEvent(view.viewport(), event)
    assert view.zoom == pytest.approx(3.0)
    assert abs(view.mapToScene(at).x() - before.x()) < 1


def test_zoom_has_ends(view: PictureView) -> None:
    _wheel(view, QPoint(400, 300), 60)
    assert view.zoom == 40.0
    _wheel(view, QPoint(400, 300), -90)
    assert view.zoom == pytest.approx(1.0)


def test_dragging_moves_the_picture(view: PictureView) -> None:
    _wheel(view, QPoint(400, 300), 4)
    start = QPoint(400, 300)
    under = view.mapToScene(start)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), start + QPoint(60, -40))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(60, -40))
    moved = view.mapToScene(start + QPoint(60, -40))
    assert abs(moved.x() - under.x()) < 1
    assert abs(moved.y() - under.y()) < 1


def test_the_picture_cannot_be_lost_by_dragging(view: PictureView) -> None:
    for _ in range(60):
        view.pan(200, 200)
    middle = view.mapToScene(view.viewport().rect().center())
    assert -1 <= middle.x() <= 401
    assert -1 <= middle.y() <= 301


@pytest.mark.parametrize(
    ("key", "zoom"),
    [(Qt.Key.Key_Plus, 2.5), (Qt.Key.Key_Minus, 1.6), (Qt.Key.Key_1, 1.0), (Qt.Key.Key_0, 2.0)],
)
def test_keys_zoom(view: PictureView, key: Qt.Key, zoom: float) -> None:
    QTest.keyClick(view, key)
    assert view.zoom == pytest.approx(zoom)


def test_arrows_pan(view: PictureView) -> None:
    _wheel(view, QPoint(400, 300), 4)
    before = view.mapToScene(QPoint(400, 300))
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.mapToScene(QPoint(400, 300)).x() > before.x()


def test_hover_lights_the_smallest_box_under_the_pointer(view: PictureView) -> None:
    view.show_boxes([LARGE, SMALL])
    marks: list[int] = []
    view.mark_hovered.connect(marks.append)
    for place in (0.3, 0.7, 0.02):
        hover(view.viewport(), _on_screen(view, place, place))
    assert marks == [1, 0, -1]


def test_boxes_are_walked_by_keys(view: PictureView, qtbot: QtBot) -> None:
    view.show_boxes([LARGE, SMALL])
    marks: list[int] = []
    view.mark_hovered.connect(marks.append)
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_PageDown)
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert marks == [0, 1, 0, 1]


@pytest.mark.parametrize("notches", [-3, 0, 6])
def test_the_line_of_a_box_keeps_its_width(view: PictureView, notches: int) -> None:
    view.show_boxes([LARGE])
    _wheel(view, _on_screen(view, 0.1, 0.5), notches)
    shot = view.viewport().grab().toImage()
    at = _on_screen(view, 0.1, 0.5)
    lit = [x for x in range(at.x() - 8, at.x() + 9) if shot.pixelColor(x, at.y()) != QColor("gray")]
    assert 3 <= len(lit) <= 6


def test_the_boxes_have_their_own_colours(view: PictureView) -> None:
    view.show_boxes([LARGE, SMALL])
    shot = view.viewport().grab().toImage()
    colours = [shot.pixelColor(_on_screen(view, x, 0.5 if x > 0.5 else 0.3)) for x in (0.9, 0.2)]
    assert colours[0].hue() != colours[1].hue()


def test_a_new_picture_takes_the_boxes_away(view: PictureView, qtbot: QtBot) -> None:
    view.show_boxes([LARGE])
    view.show_picture(Pyramid.of(QImage(50, 50, QImage.Format.Format_RGB32)))
    marks: list[int] = []
    view.mark_hovered.connect(marks.append)
    hover(view.viewport(), view.viewport().rect().center())
    assert marks == []
