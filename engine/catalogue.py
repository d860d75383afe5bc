"""The models that can be installed by name, as `resources/models/catalogue.toml` describes them.

The window reads them, with what is installed of them, from `sightline models catalogue --json`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from engine.inventory import PROGRAM
from engine.plain import from_plain

PATH = Path(__file__).resolve().parents[1] / "resources" / "models" / "catalogue.toml"
CONTEXT = 4096  # tokens, for which `Entry.memory` reckons

Kind = Literal["bundle", "gguf", "whisper"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file of a repository. What is None was not known, and the hub says it."""

    name: str
    bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model of the catalogue; the file's head says what its keys mean.

    `purpose` is one sentence by language ("en", "zh").
    """

    title: str
    purpose: Mapping[str, str]
    kind: Kind
    senses: tuple[Literal["pictures", "speech"], ...]
    languages: tuple[str, ...]
    licence: str
    repository: str
    revision: str
    files: tuple[RemoteFile, ...]
    points: bool = False
    cache: int = 0
    weights: int | None = None

    @property
    def size(self) -> int:
        """What is downloaded, in bytes, but for what only the hub knows."""
        return sum(file.bytes or 0 for file in self.files)

    @property
    def memory(self) -> int:
        """What it takes while it runs, in bytes, with a context of `CONTEXT` tokens.

        A Whisper comes on top of a model, which has the program already.
        """
        program = 0 if self.kind == "whisper" else PROGRAM
        return program + (self.weights or self.size) + self.cache * CONTEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An entry by its name, what it takes (bytes), and where it is installed if it is.

    `kept` is how much of an interrupted download lies there, in bytes.
    """

    name: str
    entry: Entry
    size: int
    memory: int
    installed: Path | None
    kept: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What `sightline models catalogue --json` prints; `host` is where a download would go."""

    models: tuple[Offer, ...]
    host: str


@dataclass(frozen=True, slots=True)
class _File:
    models: Mapping[str, Entry]


@cache
def entries() -> Mapping[str, Entry]:
    """The catalogue by name, in the file's order."""
    return from_plain(_File, tomllib.loads(PATH.read_text(encoding="utf-8"))).models
