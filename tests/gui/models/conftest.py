"""What the tests about models share: a played command line, and models that it may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from app.models.dialog import ModelsDialog
from app.models.manager import ModelManager
from app.settings.effects import Effects
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.catalogue import Catalogue, Entry, Offer, RemoteFile
from engine.inventory import Inventory, Measured, ModelFacts
from engine.plain import to_plain
from tests.gui.conftest import WAIT_MS, Person
from tests.support.scripted_models import Run, called, command, script

GB = 1_000_000_000
SMALL = ModelFacts(
    path=Path("/models/small"),
    default=True,
    name="small",
    version="1",
    licence="free",
    size=GB,
    languages=("en", "zh"),
    tasks=("chat", "refer"),
    context=4096,
    weights=GB,
    cache=1000,
    measured=(Measured("refer", "scenes", "IoU 0.5", 0.634, 60),),
)
LARGE = replace(
    SMALL, path=Path("/models/large"), default=False, name="large", weights=90 * GB, measured=()
)
BROKEN = ModelFacts(path=Path("/models/bad"), default=False, name="bad", error="It is cut short.")
INVENTORY = Inventory((SMALL, LARGE, BROKEN), 20 * GB, ())


def offer(name: str, **facts: Any) -> Offer:
    """A model of the catalogue: 3 GB to download, 4 GB of memory, unless said otherwise."""
    entry = Entry(
        title=name.capitalize(),
        purpose={"en": f"What {name} is for.", "zh": "看图。"},
        kind="gguf",
        senses=("pictures", "speech"),
        languages=("en", "multilingual"),
        licence="MIT",
        repository=f"owner/{name}",
        revision="main",
        files=(RemoteFile(name=f"{name}.gguf", bytes=3 * GB),),
        points=True,
    )
    known: dict[str, Any] = {"size": 3 * GB, "memory": 4 * GB, "installed": None, "kept": 0}
    return Offer(name=name, entry=entry, **(known | facts))


CATALOGUE = Catalogue((offer("eyes"), offer("huge", memory=90 * GB)), "hub.example")


def step(done: int = 0, **facts: Any) -> dict[str, Any]:
    """A line of an installation's progress, of 3 GB in all."""
    return {"stage": "download", "file": "eyes.gguf", "done": done, "total": 3 * GB, **facts}


def placed(folder: str, name: str) -> dict[str, str]:
    """The last line of an installation or import that went well."""
    return {"installed": folder, "name": name}


@dataclass(slots=True)
class Line:
    """The played command line: what it says from now on, and how it was called."""

    folder: Path
    said: dict[str, Sequence[Run]] = field(default_factory=dict)

    @property
    def command(self) -> tuple[str, ...]:
        return command(self.folder)

    def say(self, **said: Sequence[Run]) -> None:
        """The runs of each action."""
        self.tell(said)

    def tell(self, said: Mapping[str, Sequence[Run]]) -> None:
        """The same for actions with their first word."""
        self.said.update(said)
        script(self.folder, self.said)

    def have(self, inventory: Inventory, catalogue: Catalogue = CATALOGUE) -> None:
        """These models are there, and those can be installed."""
        self.say(list=[[to_plain(inventory)]], catalogue=[[to_plain(catalogue)]])

    def calls(self, action: str) -> list[list[str]]:
        """The words after the action, of each call of it."""
        return [words[1:] for words in called(self.folder) if words[0] == action]


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """A command line that knows of three models, and of two more in its catalogue."""
    folder = tmp_path / "line"
    folder.mkdir()
    made = Line(folder)
    made.have(INVENTORY)
    return made


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    """The settings of a running window."""
    return SettingsStore(tmp_path / "settings.toml")


@pytest.fixture
def manager(
    window: Person, theme: Theme, store: SettingsStore, line: Line
) -> Iterator[ModelManager]:
    """Who knows about models, in a running window; its dialog is closed."""
    effects = Effects(store, theme, window.bridge, window.window.talk)
    window.wait_ready()
    made = ModelManager(store, window.bridge, window.window, command=line.command)
    yield made
    made.close()
    del effects


@pytest.fixture
def dialog(manager: ModelManager, window: Person) -> ModelsDialog:
    """The dialog, open, with all that there is."""
    manager.dialog.open_beside()
    window.qtbot.waitUntil(lambda: bool(manager.dialog.offered.cards), timeout=WAIT_MS)
    return manager.dialog
