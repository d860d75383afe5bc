"""Models are installed, imported, checked and removed, as a person does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QWidget

from app.models.dialog import ModelsDialog
from app.models.import_sheet import ImportSheet
from app.models.job import check, installation
from app.models.manager import ModelManager
from app.models.offer_card import OfferCard
from app.opener import Opener
from app.settings.store import SettingsStore
from engine.catalogue import Catalogue
from engine.inventory import Inventory
from tests.gui.conftest import WAIT_MS, Person
from tests.gui.models.conftest import (
    CATALOGUE,
    GB,
    INVENTORY,
    LARGE,
    SMALL,
    Line,
    offer,
    placed,
    step,
)
from tests.gui.models.test_offer import press
from tests.support.scripted_models import WAIT

EYES = installation("eyes", "Eyes")


@pytest.fixture
def opened(window: Person, manager: ModelManager) -> ModelManager:
    """As the program has it: what is dropped comes to it, and the chat says what it tells."""
    Opener(window.window, lambda: manager)
    manager.said.connect(lambda sentence, wrong: window.window.chat.say(sentence, error=wrong))
    return manager


def _offer(dialog: ModelsDialog, name: str) -> OfferCard:
    return next(card for card in dialog.offered.cards if card.offer.name == name)


def _press(control: QWidget) -> None:
    QTest.mouseClick(control, Qt.MouseButton.LeftButton)


def _drop(window: Person, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.drop(mime)


def _sheet(window: Person, parent: QWidget) -> ImportSheet:
    """The sheet that asks what to import, once it is there."""
    window.qtbot.waitUntil(lambda: bool(parent.findChildren(ImportSheet)), timeout=WAIT_MS)
    [sheet] = parent.findChildren(ImportSheet)
    return sheet


def test_a_model_is_installed_and_is_among_the_others(
    dialog: ModelsDialog, manager: ModelManager, line: Line, window: Person
) -> None:
    folder = Path("/models/eyes")
    line.say(install=[(step(GB), placed(str(folder), "eyes"))])
    there = Inventory(
        (*INVENTORY.models, replace(LARGE, path=folder, name="eyes", weights=GB)), 20 * GB, ()
    )
    line.have(there, Catalogue((offer("eyes", installed=folder), CATALOGUE.models[1]), "h"))
    _press(_offer(dialog, "eyes").install)
    assert _offer(dialog, "eyes").progress.stop.isVisible()
    window.qtbot.waitUntil(lambda: len(dialog.installed.cards) == 4, timeout=WAIT_MS)
    window.qtbot.waitUntil(lambda: len(dialog.offered.cards) == 1, timeout=WAIT_MS)
    assert dialog.installed.cards[-1].use.isEnabled()
    window.qtbot.waitUntil(lambda: manager.jobs.states == {}, timeout=WAIT_MS)
    window.qtbot.waitUntil(lambda: "model Eyes is installed" in dialog.sentence, timeout=WAIT_MS)


def test_it_goes_on_while_the_dialog_is_closed_and_is_told_then(
    dialog: ModelsDialog, opened: ModelManager, line: Line, window: Person
) -> None:
    line.say(install=[(placed("/models/eyes", "eyes"),)])
    _press(_offer(dialog, "eyes").install)
    dialog.close()
    hint = window.window.chat.composer.hint
    window.qtbot.waitUntil(lambda: "model Eyes is installed" in hint.text(), timeout=WAIT_MS)


def test_one_that_fails_while_the_dialog_is_closed_is_told(
    dialog: ModelsDialog, opened: ModelManager, line: Line, window: Person
) -> None:
    line.say(install=[({"error": "The disk is full."}, 1)])
    _press(_offer(dialog, "eyes").install)
    dialog.close()
    hint = window.window.chat.composer.hint
    window.qtbot.waitUntil(lambda: hint.text() == "Eyes: The disk is full.", timeout=WAIT_MS)


def test_an_installation_is_cancelled_and_goes_on(
    dialog: ModelsDialog, manager: ModelManager, line: Line, window: Person
) -> None:
    line.say(install=[(step(GB, rate=2e6, left_s=1000.0), WAIT), ({"error": "No."}, 1)])
    card = _offer(dialog, "eyes")
    card.install.setFocus()
    QTest.keyClick(card.install, Qt.Key.Key_Space)
    assert card.progress.stop.hasFocus()
    window.qtbot.waitUntil(lambda: card.progress.bar.value() == 333, timeout=WAIT_MS)
    assert card.progress.sentence.text() == (
        "Downloading · 1.0 GB of 3.0 GB · 2 MB a second · about 17 minutes left"
    )
    QTest.keyClick(card.progress.stop, Qt.Key.Key_Space)
    window.qtbot.waitUntil(card.progress.retry.hasFocus, timeout=WAIT_MS)
    assert card.progress.retry.text() == "Go on" and "is kept" in card.progress.sentence.text()
    QTest.keyClick(card.progress.retry, Qt.Key.Key_Space)
    window.qtbot.waitUntil(lambda: card.progress.sentence.text() == "No.", timeout=WAIT_MS)
    assert card.progress.retry.text() == "Try again"
    card.progress.close_it.setFocus()
    QTest.keyClick(card.progress.close_it, Qt.Key.Key_Space)
    assert card.install.hasFocus() and not card.progress.isVisible()


def test_a_repository_of_the_hub(
    dialog: ModelsDialog, manager: ModelManager, line: Line, window: Person
) -> None:
    line.say(install=[(step(GB), WAIT)])
    field = dialog.offered.repository.field
    QTest.keyClicks(field, "nonsense")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert manager.jobs.states == {} and field.text() == "nonsense"
    field.clear()
    QTest.keyClicks(field, "https://hub.example/owner/name/tree/main")
    QTest.keyClick(field, Qt.Key.Key_Return)
    [card] = dialog.work.cards
    assert card.job.name == "owner/name" and field.text() == ""
    window.qtbot.waitUntil(lambda: card.progress.bar.value() == 333, timeout=WAIT_MS)
    assert line.calls("install") == [["owner/name", "--json"]]


def test_downloads_that_are_forbidden(
    dialog: ModelsDialog, manager: ModelManager, line: Line, store: SettingsStore, window: Person
) -> None:
    line.say(install=[(step(GB), WAIT)])
    eyes, huge = _offer(dialog, "eyes"), _offer(dialog, "huge")
    assert "from hub.example" in dialog.offered.sentence
    _press(eyes.install)
    window.qtbot.waitUntil(lambda: eyes.progress.bar.value() == 333, timeout=WAIT_MS)
    store.change(downloads="never")
    assert "forbid" in dialog.offered.sentence
    window.qtbot.waitUntil(eyes.progress.retry.isVisible, timeout=WAIT_MS)
    assert not eyes.progress.retry.isEnabled() and not huge.install.isEnabled()
    assert not dialog.offered.repository.field.isEnabled()
    store.change(downloads="asked")
    assert eyes.progress.retry.isEnabled() and huge.install.isEnabled()


def test_two_files_are_dropped_imported_and_used(
    opened: ModelManager, line: Line, window: Person, store: SettingsStore, tmp_path: Path
) -> None:
    model, projector = tmp_path / "m.gguf", tmp_path / "mmproj.gguf"
    for file in (model, projector):
        file.write_bytes(b"GGUF")
    folder = tmp_path / "models" / "m"
    line.tell({"import": [(placed(str(folder), "m"),)]})
    _drop(window, projector, model)
    sheet = _sheet(window, window.window)
    assert (sheet.model.currentData(), sheet.projector.currentData()) == (model, projector)
    QTest.keyClicks(sheet.name, " My model ")
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert opened.dialog.isVisible()
    dialog = opened.dialog
    window.qtbot.waitUntil(lambda: dialog.findChild(QMessageBox) is not None, timeout=WAIT_MS)
    box = dialog.findChild(QMessageBox)
    assert box is not None
    press(box, "Use it")
    assert store.now.model == folder
    expected = ["--gguf", str(model), "--json", "--mmproj", str(projector), "--name=My model"]
    assert line.calls("import") == [expected]


def test_a_model_alone_is_imported_without_eyes(
    dialog: ModelsDialog, manager: ModelManager, line: Line, window: Person, tmp_path: Path
) -> None:
    line.tell({"import": [({"error": "It is damaged."}, 1)]})
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    manager.bring([model])
    sheet = _sheet(window, dialog)
    assert sheet.projector.count() == 1 and sheet.projector.currentText().startswith("None")
    _press(sheet.begin)
    [card] = dialog.work.cards
    window.qtbot.waitUntil(
        lambda: card.progress.sentence.text() == "It is damaged.", timeout=WAIT_MS
    )
    assert line.calls("import") == [["--gguf", str(model), "--json"]]


def test_a_bundle_is_imported_where_one_wants_that(
    opened: ModelManager, line: Line, window: Person, tmp_path: Path, store: SettingsStore
) -> None:
    bundle = tmp_path / "b"
    bundle.mkdir()
    (bundle / "bundle.json").write_text("{}")
    line.tell({"import": [(WAIT,)]})
    _drop(window, bundle)
    window.qtbot.waitUntil(
        lambda: window.window.findChild(QMessageBox) is not None, timeout=WAIT_MS
    )
    box = window.window.findChild(QMessageBox)
    assert box is not None
    press(box, "Import")
    window.qtbot.waitUntil(
        lambda: line.calls("import") == [["--json", str(bundle)]], timeout=WAIT_MS
    )
    assert store.now.model is None


def test_what_is_no_model_is_said_where_one_looks(
    opened: ModelManager, window: Person, tmp_path: Path
) -> None:
    weights = tmp_path / "model.safetensors"
    weights.touch()
    hint = window.window.chat.composer.hint
    _drop(window, weights)
    window.qtbot.waitUntil(lambda: "is a checkpoint" in hint.text(), timeout=WAIT_MS)
    opened.dialog.open_beside()
    opened.bring([weights])
    assert "is a checkpoint" in opened.dialog.sentence


def test_a_picture_that_is_dropped_beside_a_model_is_shown(
    opened: ModelManager, window: Person, picture: Path, tmp_path: Path
) -> None:
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    with window.qtbot.waitSignal(window.window.stage.picture_shown, timeout=WAIT_MS):
        _drop(window, model, picture)
    assert window.window.stage.path == picture
    assert _sheet(window, window.window).model.currentData() == model


def test_a_model_is_checked(dialog: ModelsDialog, line: Line, window: Person) -> None:
    line.say(verify=[("hashes: fine",), (1,)])
    card = next(card for card in dialog.installed.cards if card.facts == SMALL)
    said = card.work.sentence
    _press(card.check)
    assert not card.check.isEnabled() and "Every byte is checked" in said.text()
    window.qtbot.waitUntil(lambda: said.text().startswith("It is whole"), timeout=WAIT_MS)
    _press(card.check)
    window.qtbot.waitUntil(lambda: said.property("kind") == "error", timeout=WAIT_MS)
    assert line.calls("verify") == [[str(SMALL.path)]] * 2


def test_a_model_is_removed(
    dialog: ModelsDialog, manager: ModelManager, line: Line, window: Person
) -> None:
    line.say(remove=[()])
    line.have(Inventory((SMALL,), 20 * GB, ()))
    cards = {card.facts: card for card in dialog.installed.cards}
    assert not cards[SMALL].remove.isVisible()
    _press(cards[LARGE].remove)
    box = dialog.findChild(QMessageBox)
    assert box is not None and "answers now" not in box.informativeText()
    press(box, "Remove")
    window.qtbot.waitUntil(lambda: len(dialog.installed.cards) == 1, timeout=WAIT_MS)
    assert line.calls("remove") == [["large", "--yes"]]


def test_the_model_that_answers_is_removed_once_another_one_has_its_place(
    dialog: ModelsDialog, manager: ModelManager, line: Line, window: Person, store: SettingsStore
) -> None:
    line.say(remove=[()])
    store.change(model=LARGE.path)
    window.wait_ready()
    card = next(card for card in dialog.installed.cards if card.facts == LARGE)
    _press(card.remove)
    box = dialog.findChild(QMessageBox)
    assert box is not None and "answers now" in box.informativeText()
    press(box, "Remove")
    assert store.now.model is None and line.calls("remove") == []
    window.qtbot.waitUntil(lambda: line.calls("remove") != [], timeout=WAIT_MS)


def test_a_whisper_that_is_installed_can_be_removed(
    manager: ModelManager, line: Line, window: Person
) -> None:
    folder = Path("/models/whisper-small")
    line.say(remove=[()])
    line.have(INVENTORY, Catalogue((offer("whisper", installed=folder),), "h"))
    dialog = manager.dialog
    dialog.open_beside()
    window.qtbot.waitUntil(lambda: bool(dialog.offered.cards), timeout=WAIT_MS)
    [card] = dialog.offered.cards
    assert card.badge.text() == "Installed" and not card.install.isVisible()
    card.removal_wanted.emit(folder, "Whisper")
    box = dialog.findChild(QMessageBox)
    assert box is not None
    press(box, "Remove")
    window.qtbot.waitUntil(lambda: line.calls("remove") != [], timeout=WAIT_MS)
    assert line.calls("remove") == [["whisper-small", "--yes"]]


def test_the_end_of_the_program_ends_what_runs(
    dialog: ModelsDialog, manager: ModelManager, line: Line, window: Person
) -> None:
    line.say(install=[(step(GB), WAIT)], verify=[(WAIT,)])
    manager.jobs.start(EYES)
    manager.jobs.start(check(SMALL))
    window.qtbot.waitUntil(lambda: manager.jobs.states[EYES].step is not None, timeout=WAIT_MS)
    manager.close()
    assert manager.jobs.states == {}
