"""Where downloads lie until they are whole, and which models of the catalogue are installed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from engine.bundle import models_folder
from engine.catalogue import Catalogue, Offer, entries
from engine.errors import BundleError
from engine.shelf import installed_at

HUB = "https://huggingface.co"


def download_folder(name: str) -> Path:
    """Where the files of the model `name` are gathered; on the same disk as the models folder."""
    return models_folder() / ".downloads" / name


def downloaded(name: str) -> Path | None:
    """The folder with what was downloaded of a model that is not installed yet, if there is any."""
    there = download_folder(name).parent
    folders = there.iterdir() if name and there.is_dir() else ()
    return next((path for path in folders if path.name == name and path.is_dir()), None)


def catalogue() -> Catalogue:
    """The catalogue, with what this machine has of it."""
    return Catalogue(tuple(map(_offer, entries())), host())


def host() -> str:
    """The host that is asked for models: the hub's, unless HF_ENDPOINT names another."""
    return urlsplit(os.environ.get("HF_ENDPOINT") or HUB).hostname or HUB


def remove(folder: Path) -> None:
    """Deletes a folder of the models folder, in one step: half a model is never left.

    Raises BundleError where it can't be taken away, since it is in use or not the person's.
    """
    with tempfile.TemporaryDirectory(dir=models_folder(), prefix=".removed-") as gone:
        try:
            folder.replace(Path(gone) / "model")
        except OSError as error:
            raise BundleError(
                f"{folder} can't be removed ({error.strerror}); close what uses it and try again."
            ) from error


def _offer(name: str) -> Offer:
    entry = entries()[name]
    gathered = (path for path in download_folder(name).rglob("*") if path.is_file())
    return Offer(
        name=name,
        entry=entry,
        size=entry.size,
        memory=entry.memory,
        installed=installed_at(name),
        kept=sum(path.stat().st_size for path in gathered),
    )
