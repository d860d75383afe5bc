"""A region drawn, moved and sized on the picture, with real mouse and key events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.canvas.view import PictureView
from app.shown import ShownBox
from engine.grounding.geometry import Box
from tests.support.pointer import hover

LARGE = ShownBox(Box(0.1, 0.1, 0.9, 0.9), "a table", 0, 0)
SMALL = ShownBox(Box(0.2, 0.2, 0.4, 0.4), "a cup", 1, 1)
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


def _at(view: PictureView, x: float, y: float) -> QPoint:
    return view.mapFromScene(QPointF(400 * x, 300 * y))


def _drag(
    view: PictureView,
    start: tuple[float, float],
    end: tuple[float, float],
    keys: Qt.KeyboardModifier = NONE,
) -> None:
    QTest.mousePress(view.viewport(), LEFT, keys, _at(view, *start))
    QTest.mouseMove(view.viewport(), _at(view, *end))
    QTest.mouseRelease(view.viewport(), LEFT, keys, _at(view, *end))


def _click(view: PictureView, x: float, y: float) -> None:
    QTest.mouseClick(view.viewport(), LEFT, NONE, _at(view, x, y))


def _corners(box: Box | None) -> list[float]:
    assert box is not None
    return [round(edge, 2) for edge in box.as_list()]


def test_shift_drag_draws_a_region_and_tells_of_it(view: PictureView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.region.changed) as changed:
        _drag(view, (0.2, 0.3), (0.6, 0.5), SHIFT)
    assert _corners(changed.args[0]) == [0.2, 0.3, 0.6, 0.5]
    assert view.region.box == changed.args[0]


def test_a_drag_without_shift_pans(view: PictureView) -> None:
    before = view.mapToScene(QPoint(0, 0))
    _drag(view, (0.2, 0.3), (0.6, 0.5))
    assert view.region.box is None
    assert view.mapToScene(QPoint(0, 0)) != before


def test_the_drawing_mode_draws_once_without_a_key(view: PictureView) -> None:
    view.region.set_drawing(True)
    _drag(view, (0.6, 0.5), (0.2, 0.3))
    assert _corners(view.region.box) == [0.2, 0.3, 0.6, 0.5]
    assert not view.region.drawing


def test_a_region_ends_at_the_edge_of_the_picture(view: PictureView) -> None:
    _drag(view, (0.5, 0.5), (1.02, 1.03), SHIFT)
    assert _corners(view.region.box) == [0.5, 0.5, 1, 1]


def test_a_region_too_small_to_be_meant_is_none(view: PictureView) -> None:
    _drag(view, (0.5, 0.5), (0.52, 0.502), SHIFT)
    assert view.region.box is None


def test_handles_size_and_the_inside_moves(view: PictureView) -> None:
    view.region.set_box(Box(0.2, 0.2, 0.4, 0.4))
    _drag(view, (0.4, 0.4), (0.5, 0.6))
    assert _corners(view.region.box) == [0.2, 0.2, 0.5, 0.6]
    _drag(view, (0.2, 0.4), (0.1, 0.4))
    assert _corners(view.region.box) == [0.1, 0.2, 0.5, 0.6]
    _drag(view, (0.3, 0.4), (0.4, 0.5))
    assert _corners(view.region.box) == [0.2, 0.3, 0.6, 0.7]


def test_arrows_move_and_with_shift_size(view: PictureView) -> None:
    view.region.set_box(Box(0.2, 0.2, 0.4, 0.4))
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert _corners(view.region.box) == [0.21, 0.2, 0.41, 0.4]
    QTest.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert _corners(view.region.box) == [0.21, 0.2, 0.41, 0.41]


def test_without_a_region_arrows_pan(view: PictureView) -> None:
    before = view.mapToScene(QPoint(0, 0))
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.mapToScene(QPoint(0, 0)) != before


def test_a_region_can_be_made_by_keys_alone(view: PictureView) -> None:
    view.region.set_drawing(True)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert _corners(view.region.box) == [0.33, 0.33, 0.67, 0.67]


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape])
def test_keys_remove_the_region(view: PictureView, key: Qt.Key) -> None:
    view.region.set_box(SMALL.box)
    QTest.keyClick(view, key)
    assert view.region.box is None


def test_escape_leaves_the_drawing_mode(view: PictureView) -> None:
    view.region.set_drawing(True)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.region.drawing


def test_a_click_asks_about_the_smallest_box_and_again_about_the_next(view: PictureView) -> None:
    view.show_boxes([LARGE, SMALL])
    for expected in (SMALL, LARGE, SMALL):
        _click(view, 0.3, 0.25)
        assert view.region.box == expected.box
        assert view.lit == expected.mark


def test_a_double_click_on_boxes_is_two_clicks_and_zooms_nothing(view: PictureView) -> None:
    view.show_boxes([LARGE, SMALL])
    zoom = view.zoom
    _click(view, 0.3, 0.25)
    QTest.mouseDClick(view.viewport(), LEFT, NONE, _at(view, 0.3, 0.25))
    QTest.mouseRelease(view.viewport(), LEFT, NONE, _at(view, 0.3, 0.25))
    assert view.zoom == zoom
    assert view.region.box == LARGE.box


def test_a_click_beside_the_boxes_asks_nothing(view: PictureView) -> None:
    view.show_boxes([SMALL])
    _click(view, 0.7, 0.7)
    assert view.region.box is None


def test_enter_asks_about_the_box_reached_by_keys_and_then_confirms(
    view: PictureView, qtbot: QtBot
) -> None:
    view.show_boxes([LARGE, SMALL])
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert view.region.box == SMALL.box
    with qtbot.waitSignal(view.confirmed):
        QTest.keyClick(view, Qt.Key.Key_Return)


def test_keys_reach_each_box_of_one_phrase(view: PictureView) -> None:
    twin = ShownBox(Box(0.5, 0.5, 0.6, 0.6), "a cup", 1, 1)
    view.show_boxes([SMALL, twin])
    for expected in (SMALL, twin):
        QTest.keyClick(view, Qt.Key.Key_PageDown)
        assert view.current is not None
        assert view.boxes[view.current] == expected


def test_a_box_is_hidden_and_brought_back_by_keys(view: PictureView, qtbot: QtBot) -> None:
    view.show_boxes([LARGE, SMALL])
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    with qtbot.waitSignal(view.hidden_changed) as hidden:
        QTest.keyClick(view, Qt.Key.Key_Delete)
    assert hidden.args == [1]
    assert list(view.visible_boxes) == [SMALL]
    _click(view, 0.7, 0.7)
    assert view.region.box is None
    QTest.keyClick(view, Qt.Key.Key_Delete, SHIFT)
    assert list(view.visible_boxes) == [LARGE, SMALL]


def test_space_isolates_and_shows_all_again(view: PictureView) -> None:
    view.show_boxes([LARGE, SMALL])
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert list(view.visible_boxes) == [SMALL]
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert list(view.visible_boxes) == [LARGE, SMALL]


def test_while_one_is_isolated_new_boxes_stay_away(view: PictureView) -> None:
    view.show_boxes([LARGE, SMALL])
    view.isolate_box(1)
    view.show_boxes([LARGE, SMALL, ShownBox(Box(0, 0, 0.1, 0.1), "a fly", 2, 2)])
    assert list(view.visible_boxes) == [SMALL]


def test_another_answer_shows_all_its_boxes(view: PictureView) -> None:
    view.show_boxes([LARGE, SMALL])
    view.hide_box(0)
    view.show_boxes([SMALL])
    view.show_boxes([LARGE, SMALL])
    assert list(view.visible_boxes) == [LARGE, SMALL]


def _menu(view: PictureView, x: float, y: float) -> QMenu:
    at = _at(view, x, y)
    hover(view.viewport(), at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    return view.findChildren(QMenu)[-1]


def _texts(menu: QMenu) -> list[str]:
    return [action.text().split("\t")[0] for action in menu.actions() if action.isEnabled()]


def test_the_menu_of_a_box(view: PictureView) -> None:
    view.show_boxes([LARGE, SMALL])
    menu = _menu(view, 0.3, 0.3)
    assert _texts(menu)[:3] == ["Ask about “a cup”", "Hide this box", "Show only this box"]
    menu.actions()[1].trigger()
    menu.close()
    assert list(view.visible_boxes) == [LARGE]
    menu = _menu(view, 0.99, 0.99)
    assert _texts(menu) == ["Show all boxes", "Draw a region"]
    menu.actions()[0].trigger()
    menu.close()
    assert list(view.visible_boxes) == [LARGE, SMALL]


def test_what_is_typed_on_the_picture_goes_to_the_question(view: PictureView) -> None:
    typed: list[str] = []
    view.typed.connect(typed.append)
    for key in (Qt.Key.Key_W, Qt.Key.Key_Plus, Qt.Key.Key_Tab):
        QTest.keyClick(view, key)
    assert typed == ["w"]


def test_the_line_of_a_region_keeps_its_width_and_its_handles(view: PictureView) -> None:
    view.region.set_box(Box(0.3, 0.3, 0.7, 0.7))
    widths = []
    for _ in range(2):
        shot = view.viewport().grab().toImage()
        at = _at(view, 0.3, 0.45)
        row = range(at.x() - 10, at.x() + 11)
        widths.append(sum(shot.pixelColor(x, at.y()) != QColor("gray") for x in row))
        assert shot.pixelColor(_at(view, 0.3, 0.3)) == QColor("white")
        view.zoom_by(1.5)
    assert 2 <= widths[0] <= 6
    assert abs(widths[0] - widths[1]) <= 1


def test_the_region_that_was_asked_about_is_outlined(view: PictureView) -> None:
    view.show_boxes([], asked=SMALL.box)
    at = _at(view, 0.2, 0.3)
    shot = view.viewport().grab().toImage()
    assert any(shot.pixelColor(x, at.y()) != QColor("gray") for x in range(at.x() - 3, at.x() + 4))
    view.show_boxes([])
    shot = view.viewport().grab().toImage()
    assert shot.pixelColor(at) == QColor("gray")
