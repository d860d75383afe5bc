"""One story with the bundled model: the window, the real engine process, mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.examples import FOLDER
from app.theme import Theme
from engine.client import host_command
from tests.gui.conftest import Person, open_window

BUNDLE = Path(__file__).resolve().parents[2] / "build" / "sightline-mini"
LONG_MS = 180_000


@pytest.fixture
def person(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Person]:
    if not BUNDLE.is_dir():
        pytest.skip(f"The bundled model is not at {BUNDLE}; the set-up puts it there.")
    yield from open_window(qtbot, theme, tmp_path, host_command(BUNDLE), patience_ms=LONG_MS)


@pytest.mark.bundle
def test_a_photograph_is_asked_about_and_the_engine_survives_a_stop(person: Person) -> None:
    person.bring(FOLDER / "astronaut.jpg")
    pointed = person.ask("[refer] the woman")
    assert person.read(pointed) == "the woman"
    view = person.window.stage.view
    assert [box.label for box in view.boxes] == ["the woman"]
    assert view.boxes[0].box.area > 0.1
    person.point_at(pointed, 0)
    assert view.lit == 0
    described = person.ask("[caption]")
    assert len(person.read(described).split()) > 1
    assert pointed.attached
    assert not described.attached
    assert len(person.read(person.ask("What is the capital of France?"))) > 0
