"""Where downloads lie until they are whole, and which models of the catalogue are installed."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from engine.bundle import models_folder
from engine.catalogue import Catalogue, Offer, entries
from engine.shelf import installed_at

HUB = "https://huggingface.co"


def download_folder(name: str) -> Path:
    """Where the files of the model `name` are gathered; on the same disk as the models folder."""
    return models_folder() / ".downloads" / name


def catalogue() -> Catalogue:
    """The catalogue, with what this machine has of it."""
    return Catalogue(tuple(map(_offer, entries())), host())


def host() -> str:
    """The host that is asked for models: the hub's, unless HF_ENDPOINT names another."""
    return urlsplit(os.environ.get("HF_ENDPOINT") or HUB).hostname or HUB


def _offer(name: str) -> Offer:
    entry = entries()[name]
    return Offer(
        name=name,
        entry=entry,
        size=entry.size,
        memory=entry.memory,
        installed=installed_at(name),
        kept=sum(path.stat().st_size for path in _gathered(download_folder(name))),
    )


def _gathered(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
