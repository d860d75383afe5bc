"""Asking about a region, with several pictures, as a person does it in the whole window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from app.canvas.view import PictureView
from app.chat.conversation import TurnState, messages
from engine.grounding.geometry import Box
from engine.types import ImagePart, RegionPart
from tests.gui.conftest import WAIT_MS, Person, make_picture

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def _at(view: PictureView, x: float, y: float) -> QPoint:
    size = view.picture_size
    return view.mapFromScene(QPointF(size.width() * x, size.height() * y))


def _draw(person: Person, start: tuple[float, float], end: tuple[float, float]) -> Box:
    view = person.window.stage.view
    QTest.mousePress(view.viewport(), LEFT, SHIFT, _at(view, *start))
    QTest.mouseMove(view.viewport(), _at(view, *end))
    QTest.mouseRelease(view.viewport(), LEFT, SHIFT, _at(view, *end))
    assert view.region.box is not None
    return view.region.box


def _drop_all(person: Person, paths: list[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    with person.qtbot.waitSignal(person.window.stage.picture_shown, timeout=WAIT_MS):
        person.drop(mime)


def test_a_drawn_region_and_enter_ask_what_it_is(window: Person, picture: Path) -> None:
    window.wait_ready()
    window.bring(picture)
    chat, view = window.window.chat, window.window.stage.view
    box = _draw(window, (0.2, 0.3), (0.6, 0.7))
    assert chat.composer.region.isVisible()
    assert chat.composer.task == "identify"
    QTest.keyClick(view, Qt.Key.Key_Return)
    turn = chat.controller.turns[-1]
    assert window.read(turn) == "a cat"
    assert (turn.task, turn.words, turn.region) == ("identify", "", box)
    assert not chat.composer.region.isVisible()
    assert view.region.box is None


def test_words_typed_over_the_picture_are_about_the_region(window: Person, picture: Path) -> None:
    window.wait_ready()
    window.bring(picture)
    box = _draw(window, (0.2, 0.3), (0.6, 0.7))
    view, field = window.window.stage.view, window.window.chat.composer.field
    QTest.keyClicks(view, "w")
    QTest.keyClicks(field, "hy?")
    QTest.keyClick(field, Qt.Key.Key_Return)
    turn = window.window.chat.controller.turns[-1]
    assert window.read(turn).startswith("You said: why?")
    assert (turn.task, turn.region) == ("chat", box)


def test_the_chip_takes_the_region_away(window: Person, picture: Path) -> None:
    window.bring(picture)
    chip, view = window.window.chat.composer.region, window.window.stage.view
    _draw(window, (0.2, 0.3), (0.6, 0.7))
    QTest.mouseClick(chip.remove, LEFT)
    assert chip.isHidden()
    assert view.region.box is None
    _draw(window, (0.2, 0.3), (0.6, 0.7))
    QTest.keyClick(chip.remove, Qt.Key.Key_Delete)
    assert view.region.box is None


def test_a_box_of_an_answer_is_asked_about_by_a_click(window: Person, picture: Path) -> None:
    window.bring(picture)
    window.read(window.ask("[grounding]"))
    view = window.window.stage.view
    QTest.mouseClick(view.viewport(), LEFT, NONE, _at(view, 0.2, 0.3))
    assert window.window.chat.composer.region.box == Box(0.1, 0.2, 0.3, 0.4)
    QTest.keyClick(view, Qt.Key.Key_Return)
    turn = window.window.chat.controller.turns[-1]
    assert window.read(turn) == "a cat"
    assert not turn.attached
    [first, *_, last] = messages(window.window.chat.controller.turns)[:-1]
    assert first.parts[0] == ImagePart(picture)
    assert last.parts[0] == RegionPart(Box(0.1, 0.2, 0.3, 0.4), 0)


def test_escape_leaves_the_region_before_it_stops_the_answer(window: Person, picture: Path) -> None:
    window.bring(picture)
    turn = window.ask("slowly")
    window.qtbot.waitUntil(lambda: "2" in turn.answer.text, timeout=WAIT_MS)
    _draw(window, (0.2, 0.3), (0.6, 0.7))
    view = window.window.stage.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.region.box is None
    assert not turn.state.over
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert turn.state is TurnState.STOPPED


def test_each_picture_keeps_its_own_region(window: Person, picture: Path, tmp_path: Path) -> None:
    other = make_picture(tmp_path / "other.png")
    _drop_all(window, [picture, other])
    box = _draw(window, (0.2, 0.3), (0.6, 0.7))
    stage, chip = window.window.stage, window.window.chat.composer.region
    with window.qtbot.waitSignal(stage.picture_shown, timeout=WAIT_MS):
        QTest.keyClick(stage.view, Qt.Key.Key_PageDown, CONTROL)
    assert stage.path == other
    assert chip.box is None
    with window.qtbot.waitSignal(stage.picture_shown, timeout=WAIT_MS):
        QTest.mouseClick(stage.strip.button(picture), LEFT)
    assert stage.path == picture
    assert chip.box == box


def test_several_dropped_pictures_are_a_strip_and_answers_keep_theirs(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    other = make_picture(tmp_path / "other.png")
    _drop_all(window, [picture, other])
    stage = window.window.stage
    assert stage.strip.isVisible()
    assert stage.strip.paths == (picture, other)
    assert stage.path == picture
    first = window.ask("[refer] the red half")
    window.read(first)
    with window.qtbot.waitSignal(stage.picture_shown, timeout=WAIT_MS):
        QTest.keyClick(window.window, Qt.Key.Key_PageDown, CONTROL)
    second = window.ask("[refer] the blue half")
    window.read(second)
    QTest.mouseClick(window.card(first).answer.viewport(), LEFT)
    assert stage.path == picture
    assert stage.strip.current == picture
    assert [box.label for box in stage.view.boxes] == ["the red half"]
    window.point_at(second, 0)
    assert stage.path == other
    stage.strip.remove(other)
    assert "an answer speaks of it" in window.window.chat.composer.hint.text()


def test_a_region_on_the_second_picture_is_numbered_so(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.wait_ready()
    window.bring(picture)
    window.read(window.ask("[caption]"))
    window.bring(make_picture(tmp_path / "other.png"))
    _draw(window, (0.2, 0.3), (0.6, 0.7))
    QTest.keyClick(window.window.stage.view, Qt.Key.Key_Return)
    turn = window.window.chat.controller.turns[-1]
    assert window.read(turn) == "a cat"
    regions = [
        part
        for message in messages(window.window.chat.controller.turns)
        for part in message.parts
        if isinstance(part, RegionPart)
    ]
    assert [part.image for part in regions] == [1]


def test_a_new_conversation_keeps_only_the_shown_picture(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    _drop_all(window, [picture, make_picture(tmp_path / "other.png")])
    window.read(window.ask("[caption]"))
    QTest.keyClick(window.window, Qt.Key.Key_N, CONTROL)
    window.qtbot.waitUntil(lambda: window.window.stage.strip.paths == (picture,))


def test_the_tools_have_names_tips_and_keys(window: Person, picture: Path) -> None:
    window.bring(picture)
    buttons = window.window.stage.tools.findChildren(QToolButton)
    assert len(buttons) > 6
    for button in buttons:
        name, keys = button.toolTip().removesuffix(")").rsplit(" (", 1)
        assert button.accessibleName() == name
        assert not QKeySequence(keys).isEmpty()


def test_the_picture_is_zoomed_and_drawn_on_from_anywhere(window: Person, picture: Path) -> None:
    window.bring(picture)
    view, field = window.window.stage.view, window.window.chat.composer.field
    fitted = view.zoom
    QTest.keyClick(field, Qt.Key.Key_Plus, CONTROL)
    assert view.zoom > fitted
    QTest.keyClick(field, Qt.Key.Key_0, CONTROL)
    assert view.zoom == fitted
    QTest.keyClick(field, Qt.Key.Key_R, CONTROL)
    assert view.region.drawing
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert window.window.chat.composer.region.box is not None


def test_hidden_boxes_come_back_by_their_tool(window: Person, picture: Path) -> None:
    window.bring(picture)
    window.read(window.ask("[grounding]"))
    stage = window.window.stage
    every = next(
        button
        for button in stage.tools.findChildren(QToolButton)
        if button.accessibleName() == "Show all boxes"
    )
    assert every.isHidden()
    stage.view.hide_box(0)
    assert every.isVisible()
    QTest.mouseClick(every, LEFT)
    assert every.isHidden()
    assert len(stage.view.visible_boxes) == 2


def test_an_answer_that_streams_does_not_pull_another_picture_away(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.wait_ready()
    other = make_picture(tmp_path / "other.png")
    _drop_all(window, [picture, other])
    stage, chat = window.window.stage, window.window.chat
    seen: list[Path | None] = []
    chat.box_found.connect(lambda _: seen.append(stage.path))
    turn = window.ask("[grounding]")
    with window.qtbot.waitSignal(stage.picture_shown, timeout=WAIT_MS):
        QTest.keyClick(window.window, Qt.Key.Key_PageDown, CONTROL)
    window.read(turn)
    assert stage.path == other
    assert len(seen) == 2
    with window.qtbot.waitSignal(stage.picture_shown, timeout=WAIT_MS):
        QTest.keyClick(window.window, Qt.Key.Key_PageUp, CONTROL)
    assert [box.label for box in stage.view.boxes] == ["a cat", "a mat"]


def test_the_shown_picture_chosen_again_keeps_its_boxes(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    _drop_all(window, [picture, make_picture(tmp_path / "other.png")])
    window.read(window.ask("[grounding]"))
    stage = window.window.stage
    QTest.mouseClick(stage.strip.button(picture), LEFT)
    assert len(stage.view.boxes) == 2
    assert stage.strip.button(picture).isChecked()


def test_a_picture_asked_for_and_no_longer_wanted_stays_away(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.bring(picture)
    stage = window.window.stage
    shown: list[Path] = []
    stage.picture_shown.connect(shown.append)
    stage.show_picture(make_picture(tmp_path / "late.png"))
    stage.show_picture(picture)
    last = make_picture(tmp_path / "last.png")
    with window.qtbot.waitSignal(stage.picture_shown, timeout=WAIT_MS):
        stage.show_picture(last)
    assert shown == [last]


def test_the_current_box_is_said_for_who_cannot_see_it(window: Person, picture: Path) -> None:
    window.bring(picture)
    window.read(window.ask("[grounding]"))
    view = window.window.stage.view
    assert view.accessibleDescription() == "halves.png"
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert view.accessibleDescription() == "a cat, box 1 of 2, in halves.png"


def test_a_region_asked_about_is_seen_again_with_its_answer(window: Person, picture: Path) -> None:
    window.wait_ready()
    window.bring(picture)
    window.read(window.ask("[grounding]"))
    _draw(window, (0.55, 0.3), (0.8, 0.45))
    view = window.window.stage.view
    QTest.keyClick(view, Qt.Key.Key_Return)
    turns = window.window.chat.controller.turns
    window.read(turns[-1])
    edge = _at(view, 0.55, 0.4)

    def outlined() -> bool:
        shot = view.viewport().grab().toImage()
        row = [shot.pixelColor(edge.x() + x, edge.y()) for x in range(-3, 4)]
        return len({colour.rgb() for colour in row}) > 1

    assert outlined()
    QTest.mouseClick(window.card(turns[0]).answer.viewport(), LEFT)
    assert not outlined()
    QTest.mouseClick(window.card(turns[1]).answer.viewport(), LEFT)
    assert outlined()


def test_keys_on_an_old_answer_light_its_boxes_on_its_own_picture(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.bring(picture)
    first = window.ask("[grounding]")
    window.read(first)
    window.bring(make_picture(tmp_path / "other.png"))
    window.read(window.ask("[refer] the red half"))
    answer, stage = window.card(first).answer, window.window.stage
    answer.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    assert (stage.path, stage.view.lit) == (picture, 1)
    stage.view.setFocus()
    QTest.keyClick(stage.view, Qt.Key.Key_PageDown)
    assert answer.lit == 0
