"""The pictures of the window's states, which `make screens` renders."""

from __future__ import annotations

from pathlib import Path

from app.theme import Theme
from tests.support.screens import photographed, states


def test_every_state_can_be_rendered(theme: Theme, tmp_path: Path) -> None:
    names = []
    for name, widget in states(tmp_path, theme):
        names.append(name)
        picture = photographed(widget).toImage()
        places = [(x, y) for x in range(0, picture.width(), 7) for y in range(0, 120, 5)]
        colours = {picture.pixel(x, y) for x, y in places}
        assert len(colours) > 3, name
    seen = ["loading", "empty", "answered", "talking", "heard", "spoken", "checked"]
    dialogs = ["settings", "log", "models", "models-busy", "models-offline"]
    assert names == [*seen, *dialogs, "import", "offer", "removal", "failure"]
