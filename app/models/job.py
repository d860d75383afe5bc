"""Something that is done with a model, and how far it is: installed, imported, checked, removed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from engine.hub.progress import Done, Progress
from engine.inventory import ModelFacts


class Kind(Enum):
    """What is done; the value is the action of `sightline models`."""

    INSTALL = "install"
    IMPORT = "import"
    VERIFY = "verify"
    REMOVE = "remove"


class Phase(Enum):
    """How far a job is. One that was stopped, or failed, can be begun again."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do with the model that the person knows as `name`.

    `about` tells it from others of its kind: what is installed, a file, or a bundle's folder.
    `words` follow the action on the command line.
    """

    kind: Kind
    about: str
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far a job is: what it waits for, the last `step`, in the end the `placed` model or the
    `error`."""

    phase: Phase
    before: str = ""
    step: Progress | None = None
    placed: Done | None = None
    error: str = ""

    @property
    def over(self) -> bool:
        return self.phase in (Phase.DONE, Phase.FAILED, Phase.STOPPED)


def installation(name: str, title: str) -> Job:
    """Install what the catalogue or the hub calls `name`."""
    return Job(kind=Kind.INSTALL, about=name, name=title, words=(name, "--json"))


def file_import(model: Path, projector: Path | None, name: str = "") -> Job:
    """Import a GGUF file, with the one that gives it eyes or ears, by this name or its own."""
    words = ["--gguf", str(model), "--json"]
    if projector is not None:
        words += ["--mmproj", str(projector)]
    if name:
        # In one word, since it may begin with a dash.
        words.append(f"--name={name}")
    about, shown = str(model), name or model.stem
    return Job(kind=Kind.IMPORT, about=about, name=shown, words=tuple(words))


def bundle_import(folder: Path) -> Job:
    """Import a bundle that lies elsewhere."""
    where = str(folder)
    return Job(kind=Kind.IMPORT, about=where, name=folder.name, words=("--json", where))


def check(model: ModelFacts) -> Job:
    """Check an installed model to the last byte."""
    where = str(model.path)
    return Job(kind=Kind.VERIFY, about=where, name=model.name, words=(where,))


def removal(folder: Path, name: str) -> Job:
    """Remove what is installed in a folder; the person has agreed to it."""
    return Job(kind=Kind.REMOVE, about=str(folder), name=name, words=(folder.name, "--yes"))
