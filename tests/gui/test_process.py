"""The program as a process: what it loads, when it leaves, what it shows without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.showcase import Showcase
from app.start import no_display
from tests.gui.conftest import WAIT_MS, Person

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    *("torch", "transformers", "llama_cpp", "numpy", "PIL", "safetensors", "gguf", "peft"),
    *("sounddevice", "soundfile", "soxr"),
)
# What only a conversation or a picture needs.
LATER = (
    "sqlite3",
    "hashlib",
    "app.store.database",
    "app.store.attachments",
    "app.canvas.view",
    "app.canvas.strip",
    "app.capture",
    "app.chat.card",
    "app.chat.tags",
    "app.export",
    "app.history.history",
    "app.history.row",
    "app.settings.dialog",
    "app.sound",
    "app.voice.clip_view",
)
# The engine's light side: what the window may know of it.
LIGHT = (
    "engine.client",
    "engine.errors",
    "engine.files",
    "engine.grounding",
    "engine.media",
    "engine.plain",
    "engine.prompt",
    "engine.protocol",
    "engine.types",
)

LOADED = """
import json, os, sys
os.environ["SIGHTLINE_EXIT_ON_SHOWN"] = "1"
from app.bootstrap import main
status = main([])
print(json.dumps([status, sorted(sys.modules)]))
"""


def _run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_window_is_painted_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    done = _run([sys.executable, "-c", LOADED], XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0
    assert [name for name in modules if name.split(".")[0] in HEAVY] == []
    assert [name for name in modules if name.startswith(LATER)] == []
    engine = [name for name in modules if name.startswith("engine.")]
    assert [name for name in engine if not name.startswith(LIGHT)] == []


def test_the_introduction_is_shown_at_the_first_start_alone(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    here = {
        "SIGHTLINE_SETTINGS": str(settings),
        "SIGHTLINE_DATA": str(tmp_path / "data"),
        "SIGHTLINE_BUNDLE": str(tmp_path / "none"),
        "SIGHTLINE_EXIT_ON_READY": "1",
    }
    done = _run([sys.executable, "-m", "app"], **here)
    assert done.returncode == 1, done.stderr
    assert 'introduction = "seen"' in settings.read_text().splitlines()


def test_without_a_display_the_platform_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert no_display() == (sys.platform == "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    assert not no_display()
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not no_display()


def test_the_showcase_saves_a_picture_of_the_window(
    window: Person, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "build" / "screenshot.png"
    ends: list[int] = []
    showcase = Showcase(window.window, target, ends.append)
    showcase.start(window.bridge.state_changed.connect)
    qtbot.waitUntil(lambda: bool(ends), timeout=2 * WAIT_MS)
    assert ends == [0]
    assert target.stat().st_size > 10_000
    assert str(target) in capsys.readouterr().out
    assert [turn.task for turn in window.window.chat.controller.turns] == ["refer", "vqa"]
    assert len(window.window.stage.view.boxes) == 1


def test_the_showcase_says_why_it_failed(
    broken_window: Person, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends: list[int] = []
    showcase = Showcase(broken_window.window, tmp_path / "screenshot.png", ends.append)
    showcase.start(broken_window.bridge.state_changed.connect)
    qtbot.waitUntil(lambda: bool(ends), timeout=2 * WAIT_MS)
    assert ends == [1]
    assert "The model is truncated." in capsys.readouterr().err
