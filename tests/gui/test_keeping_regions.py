"""What the picture and the kept conversation do together: regions and the strip come back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.chat.actions import Action
from app.chat.conversation import Turn, messages
from app.store.archive import ATTACHMENTS, Archive
from engine.grounding.geometry import Box
from engine.types import RegionPart
from tests.gui.conftest import WAIT_MS, Person, Start, make_picture

REGION = Box(0.25, 0.25, 0.75, 0.5)


def _drop(person: Person, paths: list[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    with person.qtbot.waitSignal(person.window.stage.picture_shown, timeout=WAIT_MS):
        person.drop(mime)


def _go_to(person: Person, path: Path) -> None:
    with person.qtbot.waitSignal(person.window.stage.picture_shown, timeout=WAIT_MS):
        QTest.mouseClick(person.window.stage.strip.button(path), Qt.MouseButton.LeftButton)


def _ask_about(person: Person, box: Box) -> Turn:
    person.window.stage.view.region.set_box(box)
    QTest.keyClick(person.window.stage.view, Qt.Key.Key_Return)
    return person.window.chat.controller.turns[-1]


def _press(person: Person, turn: Turn, action: Action) -> None:
    button = person.card(turn).actions_row.buttons[action]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def _is_seen(person: Person, turn: Turn) -> bool:
    """Whether the question shows its picture, or the region of it."""
    about = "picture" if turn.region is None else "region"
    labels = person.card(turn).findChildren(QLabel)
    return any(about in label.accessibleName() and label.isVisible() for label in labels)


def _all_kept(folder: Path) -> bool:
    with closing(Archive(folder)) as archive:
        turns = archive.conversations.load(1).turns
        return all(turn.picture and not Path(turn.picture).is_absolute() for turn in turns)


def test_a_region_and_the_strip_come_back_after_a_restart(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    cat, dog = make_picture(tmp_path / "cat.png"), tmp_path / "dog.png"
    Image.new("RGB", (300, 300), "green").save(dog)
    first = start()
    _drop(first, [cat, dog])
    first.read(first.ask("[caption]"))
    _go_to(first, dog)
    asked = _ask_about(first, REGION)
    assert first.read(asked) == "a cat"
    told = messages(first.window.chat.controller.turns)
    qtbot.waitUntil(lambda: _all_kept(tmp_path / "data"), timeout=WAIT_MS)
    first.window.close()
    cat.unlink()
    dog.unlink()
    again = start()
    caption, identify = again.window.chat.controller.turns
    stage = again.window.stage
    assert (identify.task, identify.words, identify.region) == ("identify", "", REGION)
    assert stage.strip.paths == (caption.picture, identify.picture)
    qtbot.waitUntil(lambda: stage.path == identify.picture, timeout=WAIT_MS)
    assert again.window.spotlight.shown is identify
    # The first question's picture is not decoded in full, and is seen small all the same.
    qtbot.waitUntil(lambda: _is_seen(again, caption), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: _is_seen(again, identify), timeout=WAIT_MS)
    same = messages(again.window.chat.controller.turns)
    assert [message.task for message in same] == [message.task for message in told]
    assert RegionPart(REGION, 1) in same[2].parts
    assert RegionPart(REGION, 1) in told[2].parts
    assert again.read(again.ask("[caption]")) == "a cat on a mat"


def test_opening_another_conversation_changes_the_strip(window: Person, tmp_path: Path) -> None:
    pictures = [make_picture(tmp_path / f"{name}.png") for name in ("cat", "dog", "fox")]
    stage = window.window.stage
    _drop(window, pictures[:2])
    window.read(window.ask("[caption]"))
    _go_to(window, pictures[1])
    window.read(window.ask("[caption]"))
    window.begin_anew()
    assert stage.strip.paths == (pictures[1],)
    _drop(window, pictures[2:])
    window.read(window.ask("hello"))
    window.window.history.open(1)
    about = tuple(turn.picture for turn in window.window.chat.controller.turns)
    assert stage.strip.paths == tuple(dict.fromkeys(about))
    window.window.history.open(2)
    assert stage.strip.paths == (window.window.chat.controller.turns[0].picture,)


def test_an_opened_conversation_without_a_picture_takes_region_and_picture_away(
    window: Person, picture: Path
) -> None:
    window.read(window.ask("hello"))
    window.begin_anew()
    window.bring(picture)
    window.window.stage.view.region.set_box(REGION)
    window.window.history.open(1)
    stage, composer = window.window.stage, window.window.chat.composer
    assert (stage.path, stage.strip.paths, composer.region.box) == (None, (), None)
    assert composer.region.isHidden()
    assert window.read(window.ask("and now?")) == "You said: and now?"


def test_a_question_about_a_region_is_asked_again_about_it(window: Person, picture: Path) -> None:
    window.wait_ready()
    window.bring(picture)
    turn = _ask_about(window, REGION)
    window.read(turn)
    _press(window, turn, Action.AGAIN)
    again = window.window.chat.controller.turns[-1]
    assert (again.region, again.tries) == (REGION, 1)
    window.read(again)
    assert _is_seen(window, again)


def test_a_changed_question_has_its_region_until_it_is_taken_away(
    window: Person, picture: Path
) -> None:
    window.wait_ready()
    window.bring(picture)
    turn = _ask_about(window, REGION)
    window.read(turn)
    composer = window.window.chat.composer
    for removed, expected in ((False, REGION), (True, None)):
        _press(window, turn, Action.EDIT)
        assert composer.region.box == REGION
        composer.field.selectAll()
        window.type("what is this?")
        if removed:
            QTest.mouseClick(composer.region.remove, Qt.MouseButton.LeftButton)
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        changed = window.window.chat.controller.turns[-1]
        assert (changed.words, changed.region, changed.tries) == ("what is this?", expected, 0)
        window.read(changed)
        assert composer.region.box is None
        _press(window, changed, Action.FORTH if removed else Action.BACK)
        assert window.window.chat.controller.turns == [turn]


def test_a_changed_question_keeps_its_region_though_another_picture_is_shown(
    window: Person, tmp_path: Path
) -> None:
    window.wait_ready()
    pictures = [make_picture(tmp_path / f"{name}.png") for name in ("cat", "dog")]
    _drop(window, pictures)
    turn = _ask_about(window, REGION)
    window.read(turn)
    _press(window, turn, Action.EDIT)
    _go_to(window, pictures[1])
    window.window.stage.view.region.set_box(Box(0, 0, 0.5, 0.5))
    QTest.keyClick(window.window.chat.composer.field, Qt.Key.Key_Return)
    changed = window.window.chat.controller.turns[-1]
    assert (changed.picture, changed.region, changed.tries) == (pictures[0], REGION, 1)


def test_a_picture_is_kept_though_the_conversation_about_it_was_deleted(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    first = start()
    picture = make_picture(tmp_path / "cat.png")
    first.bring(picture)
    first.read(first.ask("[caption]"))
    qtbot.waitUntil(lambda: _all_kept(tmp_path / "data"), timeout=WAIT_MS)
    sidebar = first.window.history.sidebar
    sidebar.deleted.emit(1, "Caption: cat")
    sidebar.toast.finish()
    asked = first.ask("[refer] the cat")
    first.read(asked)
    first.window.close()
    picture.unlink()
    again = start()
    kept = again.window.chat.controller.turns[0].picture
    assert kept is not None
    qtbot.waitUntil(lambda: again.window.stage.path == kept, timeout=WAIT_MS)


def test_a_pasted_picture_is_an_attachment_with_a_name_a_person_knows(
    window: Person, tmp_path: Path
) -> None:
    mime = QMimeData()
    mime.setImageData(QImage(str(make_picture(tmp_path / "cat.png"))))
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        window.drop(mime)
    turn = window.ask("[caption]")
    window.read(turn)
    assert turn.picture is not None
    assert turn.picture.parent == tmp_path / "data" / ATTACHMENTS
    assert window.window.history.sidebar.list.currentIndex().data() == "Caption: picture"


def test_an_opened_conversation_whose_picture_is_gone_shows_no_other_one(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.bring(picture)
    window.read(window.ask("[caption]"))
    data = tmp_path / "data"
    window.qtbot.waitUntil(lambda: _all_kept(data), timeout=WAIT_MS)
    window.begin_anew()
    other = tmp_path / "other.png"
    Image.new("RGB", (300, 300), "green").save(other)
    window.bring(other)
    with closing(Archive(data)) as archive:
        name = archive.conversations.load(1).turns[0].picture
        assert name is not None
        archive.attachments.remove(name)
    window.window.history.open(1)
    stage, hint = window.window.stage, window.window.chat.composer.hint
    window.qtbot.waitUntil(lambda: "There is no file" in hint.text(), timeout=WAIT_MS)
    window.qtbot.waitUntil(lambda: stage.path is None, timeout=WAIT_MS)
