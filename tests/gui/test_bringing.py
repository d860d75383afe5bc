"""Pictures brought in and boxes taken out, through the window's menus and dialogs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QRect, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu

from app.capture.session import Shot
from tests.gui.conftest import WAIT_MS, Person

CONTROL = Qt.KeyboardModifier.ControlModifier


def _export_menu(person: Person) -> QMenu:
    return next(
        menu
        for menu in person.window.stage.tools.findChildren(QMenu)
        if menu.accessibleName() == "Export"
    )


def _export(person: Person, text: str, name: str) -> str:
    """Choose an export, type the file's name; gives what is said about it."""

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        assert field is not None
        field.setText(name)
        QTest.keyClick(field, Qt.Key.Key_Return)

    menu = _export_menu(person)
    menu.aboutToShow.emit()
    action = next(action for action in menu.actions() if action.text().startswith(text))
    QTimer.singleShot(0, choose)
    with person.qtbot.waitSignal(person.window.exporter.said, timeout=WAIT_MS) as said:
        action.trigger()
    assert person.window.chat.composer.hint.text() == said.args[0]
    return str(said.args[0])


def test_the_picture_is_exported_with_its_boxes(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.bring(picture)
    window.read(window.ask("[grounding]"))
    target = tmp_path / "boxes.png"
    assert _export(window, "Picture with boxes as PNG", str(target)) == f"Saved as {target}."
    with Image.open(target) as made, Image.open(picture) as before:
        assert made.size == before.size
        assert made.getpixel((32, 60)) != before.getpixel((32, 60))


def test_only_the_boxes_that_are_seen_are_exported(
    window: Person, picture: Path, tmp_path: Path
) -> None:
    window.bring(picture)
    window.read(window.ask("[grounding]"))
    window.window.stage.view.hide_box(0)
    _export(window, "Boxes as COCO JSON", str(tmp_path / "boxes"))
    document = json.loads((tmp_path / "boxes.json").read_text(encoding="utf-8"))
    assert [category["name"] for category in document["categories"]] == ["a mat"]


def test_a_place_that_cannot_be_written_is_said(
    window: Person, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.bring(picture)

    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.export.writing.write_whole", full)
    said = _export(window, "Picture with boxes as SVG", str(tmp_path / "full.svg"))
    assert "No space left on device" in said
    assert said.endswith("choose another place.")
    assert not (tmp_path / "full.svg").exists()


def test_boxes_alone_need_boxes_and_the_menu_has_a_key(window: Person, picture: Path) -> None:
    window.bring(picture)
    menu = _export_menu(window)
    QTimer.singleShot(0, lambda: QTest.keyClick(menu, Qt.Key.Key_Escape))
    with window.qtbot.waitSignal(menu.aboutToShow):
        QTest.keyClick(window.window, Qt.Key.Key_E, CONTROL)
    assert [action.isEnabled() for action in menu.actions()] == [True, True, False]


def test_a_part_of_the_screen_becomes_the_picture(window: Person) -> None:
    pixels = QPixmap(400, 300)
    pixels.fill(QColor("teal"))
    capture = window.window.arrivals.capture
    capture.grab = lambda: [Shot(pixels, QRect(0, 0, 400, 300))]
    QTest.keyClick(window.window, Qt.Key.Key_S, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    window.qtbot.waitUntil(lambda: bool(capture.overlays))
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        QTest.keyClick(capture.overlays[0], Qt.Key.Key_Return)
    assert window.window.stage.view.picture_size.width() == 400
    assert window.window.isVisible()


def test_a_picture_dragged_from_a_browser_is_shown(window: Person, picture: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.invalid/cat.png")])
    mime.setData("image/png", picture.read_bytes())
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        window.drop(mime)
    assert window.window.stage.view.picture_size.width() == 320


def test_the_export_offers_a_name_beside_the_picture(window: Person, picture: Path) -> None:
    window.bring(picture)
    offered: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        assert field is not None
        offered.extend([dialog.directory().absolutePath(), field.text()])
        dialog.reject()

    menu = _export_menu(window)
    menu.aboutToShow.emit()
    QTimer.singleShot(0, look)
    menu.actions()[0].trigger()
    assert offered == [str(picture.parent), "halves-boxes.png"]
