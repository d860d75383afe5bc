"""The window in Chinese: nothing of it stays English, and the setting brings it about."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.canvas.box_menu import box_menu
from app.capture.overlay import HINT
from app.chat.actions import Ears
from app.chat.card import TurnCard
from app.language import suited
from app.log.dialog import LogDialog
from app.models.card import ModelCard
from app.models.fitting import fit_in_words
from app.models.jobs import Jobs
from app.pictures import PictureError, read_picture
from app.settings.dialog import SettingsDialog
from app.settings.editors import ChoiceEditor
from app.settings.file import read_settings
from app.settings.schema import SETTINGS, Effect, SettingError
from app.settings.store import SettingsStore
from app.texts import translate
from app.theme import Theme
from app.voice.clip import Clip
from engine.inventory import Gpu, Inventory, Measured, ModelFacts, fit
from tests.gui.conftest import WAIT_MS, Person, add_menu, in_language
from tests.support.model_screens import model_states
from tests.support.sounds import tone

ROOT = Path(__file__).resolve().parents[2]
MODEL = ModelFacts(
    path=Path("/models/small"),
    default=True,
    name="small",
    version="1",
    licence="free",
    languages=("en",),
    tasks=("chat", "refer", "expression"),
    context=4096,
    weights=10**9,
    cache=1000,
    measured=(Measured("refer", "scenes", "IoU 0.5", 0.5, 60),),
)
# What is the same in every language: names, tags, keys, kinds of files, units, and what is asked
# of the model in the examples, which reads English.
SAME = re.compile(
    r"""Sightline | \[\w+\] | \b(?:Ctrl|Shift)(?:\+\w+|\+.)+ | Page\ Down | \bDown\b | \bF\d+\b
    | \b(?:Enter|Esc|Delete|End|GPU|PNG|SVG|COCO|JSON|Markdown|English|scripted|small|cpu)\b
    | \b[\w.-]+\.(?:png|jpg|toml|log)\b | /[\w./-]+ | \b(?:MB|GB)\b
    | the\ (?:cat|person) | \bbowls\b | \b(?:cat|coffee|astronaut)\b""",
    re.VERBOSE,
)


def _said(root: QWidget) -> Iterator[tuple[QWidget | QAction, str]]:
    """What a window, its controls and their menus say, to see and to hear."""
    for widget in (root, *root.findChildren(QWidget)):
        yield widget, widget.toolTip()
        yield widget, widget.accessibleName()
        yield widget, widget.accessibleDescription()
        yield widget, widget.windowTitle()
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget, widget.text()
        if isinstance(widget, QLineEdit | QPlainTextEdit):
            yield widget, widget.placeholderText()
        if isinstance(widget, QAbstractSpinBox):
            yield widget, widget.text()
        if isinstance(widget, QComboBox):
            for index in range(widget.count()):
                yield widget, widget.itemText(index)
        for action in widget.actions():
            yield action, action.text()
            yield action, action.toolTip()


def _english(root: QWidget, *, also: str = "") -> list[str]:
    """What is said in English; `also` is a pattern of what may be."""
    kept = re.compile(also) if also else None
    found = []
    for widget, text in _said(root):
        rest = SAME.sub("", text)
        rest = kept.sub("", rest) if kept else rest
        if re.search(r"[A-Za-z]{2}", rest):
            found.append(f"{type(widget).__name__} {widget.objectName()}: {text}")
    return found


def test_english_is_noticed(qtbot: QtBot) -> None:
    label = QLabel("发送 (Enter), [refer] send")
    qtbot.addWidget(label)
    assert len(_english(label)) == 1
    label.setText("发送 (Enter), [refer] Ctrl+Shift+E")
    assert _english(label) == []


def test_the_window(
    chinese: None, window: Person, theme: Theme, picture: Path, tmp_path: Path
) -> None:
    add_menu(window, theme, SettingsStore(tmp_path / "settings.toml"))
    main, chat = window.window, window.window.chat
    window.wait_ready()
    assert _english(main) == []
    assert chat.composer.send.accessibleName() == "发送"
    assert chat.composer.hint.text() == "按 Enter 发送，按 Shift+Enter 换行。"
    assert chat.status.text == "scripted · 就绪"
    window.bring(picture)
    first = window.ask("[grounding]")
    window.read(first)
    second = window.ask("[refer] a mouse")
    window.read(second)
    theirs = "a (?:cat|mat|mouse)"
    assert _english(main, also=theirs) == []
    chat.controller.ask_beside(second, "refer", "another mouse")
    window.read(chat.controller.turns[-1])
    assert _english(main, also="another mouse") == []
    card = main.findChildren(TurnCard)[-1]
    assert card.actions_row.walker.accessibleName() == "第 2 个分支，共 2 个"
    menu = box_menu(main.stage.view, 0)
    assert _english(menu, also="a cat|another mouse|Del|Space") == []
    menu.deleteLater()


def test_a_question_that_is_spoken(chinese: None, window: Person, tmp_path: Path) -> None:
    main, chat = window.window, window.window.chat
    window.wait_ready()
    chat.ask_spoken(Clip(tone(tmp_path / "said.wav"), 0.5))
    assert _english(main) == []
    window.qtbot.waitUntil(lambda: bool(chat.composer.words), timeout=WAIT_MS)
    chat.composer.write("你好")
    assert chat.composer.hint.text() == "已听写，请核对：按 Enter 发送这些文字。"
    assert _english(main) == []
    chat.composer.submit()
    turn = chat.controller.turns[-1]
    window.read(turn)
    turn.heard[turn.clips[0]] = "你好"
    window.card(turn).set_ears(Ears.FREE)
    assert _english(main, also="You said") == []


def test_what_is_said_about_a_question(chinese: None, window: Person, picture: Path) -> None:
    chat = window.window.chat
    window.wait_ready()
    window.ask_in_vain("")
    assert chat.composer.hint.text() == "还没有可发送的内容。可以问任何问题。"
    window.ask_in_vain("[vqa] what?")
    assert chat.composer.hint.text() == "这需要一张图片：请先拖入、粘贴或打开一张。"


def test_a_failure(chinese: None, broken_window: Person) -> None:
    chat = broken_window.window.chat
    broken_window.qtbot.waitUntil(chat.failure.isVisible, timeout=WAIT_MS)
    # The engine process says in English why it failed.
    assert _english(broken_window.window, also="The model is truncated.") == []
    assert chat.failure.button.text() == "重新启动引擎"


def test_the_dialogs(chinese: None, window: Person, theme: Theme, tmp_path: Path) -> None:
    add_menu(window, theme, SettingsStore(tmp_path / "settings.toml"))
    window.wait_ready()
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.window, Qt.Key.Key_Comma, control)
    settings = window.window.findChild(SettingsDialog)
    assert settings is not None and settings.windowTitle() == "设置"
    assert _english(settings) == []
    settings.close()
    window.window.activateWindow()
    window.qtbot.waitUntil(window.window.isActiveWindow, timeout=WAIT_MS)
    QTest.keyClick(window.window, Qt.Key.Key_L, control | shift)
    log = window.window.findChild(LogDialog)
    assert log is not None and log.windowTitle() == "日志"
    assert _english(log) == []


def test_a_model(chinese: None, qtbot: QtBot) -> None:
    card = ModelCard(MODEL, Jobs())
    qtbot.addWidget(card)
    card.show_fit(fit(MODEL, Inventory((MODEL,), 10**9, ()), context=None, device="auto"))
    # What was measured is called as in the model's own report.
    assert _english(card, also=r"\b(?:en|free|refer|scenes|IoU)\b") == []
    assert card.memory.text() == (
        "需要 1.4 GB（权重 1.0 GB，4,096 个词元的上下文 4 MB，编码器 0 MB，程序 360 MB），"
        "可用内存 1.0 GB；还需腾出 361 MB。"
    )
    there = Inventory((MODEL,), None, (Gpu("A", 10**9, 10**9), Gpu("B", 2 * 10**9, 10**9)))
    said = fit_in_words(MODEL, fit(MODEL, there, context=None, device="auto"))
    assert said.endswith("，可用 A 上的 1.0 GB和 B 上的 2.0 GB。")


# Names of models, of what they are made of, and of who gives them away.
NAMES = r"""(?x) \b(?:en|zh|ja|ko|fr|de|es|it|pt|ru|ar|huggingface|co|B|M|K|GGUF|owner|name|v3)\b
    | Qwen[\w.-]* | SmolVLM\w* | Omni | Whisper | large | turbo | sightline-\w+ | gemma[\w.-]*
    | mmproj[\w.-]* | Apache | MIT | Research\ License | A\ card | refer | scenes | IoU
    | The\ disk\ holds.*another\."""


def test_models_that_can_be_installed(
    chinese: None, window: Person, theme: Theme, tmp_path: Path
) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    for _, widget in model_states(store, window.bridge, window.window, tmp_path):
        assert _english(widget, also=NAMES) == []


def test_errors_of_the_window(chinese: None, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    with pytest.raises(PictureError, match=r"empty\.png 是空文件（0 字节）"):
        read_picture(empty)
    theme = next(setting for setting in SETTINGS if setting.key == "theme")
    with pytest.raises(SettingError, match='theme 不能是 "pink"；可以是"system" 或 "light"'):
        theme.checked("pink")
    assert translate("capture", HINT).startswith("拖出一个矩形")


def test_forms_of_a_number(qapp: QApplication) -> None:
    tokens, pixels = "{used} of {limit} tokens", "{name} has %n megapixels; the limit is {limit}, "
    pixels += "so make it smaller first."
    with in_language(qapp, "en"):
        assert translate("chat", tokens, "", 1) == "{used} of {limit} token"
        assert translate("chat", tokens, "", 2) == tokens
        assert translate("pictures", pixels, "", 1).startswith("{name} has 1 megapixel;")
        assert translate("pictures", pixels, "", 300).startswith("{name} has 300 megapixels;")
        assert translate("chat", "Stopped.") == "Stopped."
    with in_language(qapp, "zh_CN"):
        assert translate("chat", tokens, "", 1) == "{used} / {limit} 个词元"
        assert translate("pictures", pixels, "", 300).startswith("{name} 有 300 百万像素")
    assert translate("pictures", pixels, "", 300).startswith("{name} has 300 megapixels;")


def test_what_has_no_translation_stays(chinese: None) -> None:
    assert translate("tasks", "Colour of the sky.") == "Colour of the sky."
    assert translate("chat", "") == ""


@pytest.mark.parametrize(
    ("preferred", "language"),
    [
        (["zh-CN", "en"], "zh_CN"),
        (["zh-Hans-SG"], "zh_CN"),
        (["zh-TW"], "en"),
        (["de-DE", "zh-CN"], "en"),
        (["C"], "en"),
        ([], "en"),
    ],
)
def test_the_language_of_the_system(preferred: list[str], language: str) -> None:
    assert suited(preferred) == language


def test_dates_are_written_as_in_the_chosen_language(chinese: None) -> None:
    assert QLocale().name() == "zh_CN"


def test_the_language_is_chosen_for_the_next_start(
    window: Person, theme: Theme, tmp_path: Path
) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    add_menu(window, theme, store)
    QTest.keyClick(window.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = window.window.findChild(SettingsDialog)
    assert dialog is not None
    editor = dialog.editors["language"]
    assert isinstance(editor, ChoiceEditor)
    offered = [editor.itemText(index) for index in range(editor.count())]
    assert offered == ["As the system", "English", "简体中文"]
    assert editor.accessibleDescription().endswith(Effect.NEXT_START.value)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_End)
    assert read_settings(store.path).settings.language == "zh_CN"


STARTED = """
import os
os.environ["SIGHTLINE_EXIT_ON_SHOWN"] = "1"
from app.bootstrap import main
from PySide6.QtWidgets import QApplication, QDialogButtonBox
status = main([])
names = [made.accessibleName() for made in QApplication.allWidgets()]
box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
print(status, "发送" in names, "Send" in names, "取消" in box.buttons()[0].text())
"""


@pytest.mark.parametrize(
    ("chosen", "said"), [("zh_CN", "0 True False True"), ("en", "0 False True False")]
)
def test_the_program_starts_in_the_chosen_language(tmp_path: Path, chosen: str, said: str) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'language = "{chosen}"\n', "utf-8")
    places = {"SIGHTLINE_SETTINGS": str(settings), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", STARTED],
        cwd=ROOT,
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.strip() == said, done.stderr
