"""A model from the hub into the models folder: looked up, downloaded, verified, put in place.

What is interrupted, by whatever, is gone on with by the next try; the model appears whole or not at
all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from engine.bundle import models_folder, read_manifest
from engine.bundle.importing import folder_name, import_folder, import_gguf
from engine.bundle.manifest import MANIFEST_NAME, save_manifest
from engine.errors import HubError, ResourceError
from engine.hub.download import check_room, download, kept, verify
from engine.hub.files import CONFIG, Choice, choose, choose_listed
from engine.hub.meter import Meter
from engine.hub.places import download_folder
from engine.hub.progress import Done
from engine.hub.shards import join
from engine.hub.wanted import Wanted
from engine.shelf import installed_at, is_whisper

if TYPE_CHECKING:
    from engine.hub.repository import Hub, Repository

_MARGIN = 100_000_000  # bytes that stay free for others


def install(wanted: Wanted, hub: Hub, meter: Meter) -> Done:
    """The model that is wanted, installed; `meter` tells how far it is.

    Raises HubError, BundleError for a model that can't be used, and ResourceError for the disk.
    """
    try:
        with _alone(wanted.name):
            return _install(wanted, hub, meter)
    except OSError as error:
        raise ResourceError(
            f"{wanted.name} can't be put in {models_folder()} ({error.strerror}); check the folder."
        ) from error


def _install(wanted: Wanted, hub: Hub, meter: Meter) -> Done:
    meter.begin("check", 0)
    repository = hub.look(wanted.repository, wanted.revision)
    if wanted.entry is not None:
        choice = choose_listed(wanted.entry, repository.files)
    else:
        choice = choose(wanted.repository, repository.files, wanted.part)
    folder = _folder(wanted, repository)
    there = sum(kept(file, folder) for file in choice.files)
    meter.begin("download", choice.size, done=there)
    source = hub.files_of(repository)
    if choice.files[0].name in (CONFIG, MANIFEST_NAME):
        _look_inside(wanted, download(source, choice.files[0], folder, meter.add))
    joined = sum(file.bytes for file in choice.models) if len(choice.models) > 1 else 0
    check_room(folder, choice.size - there + joined + _MARGIN, free=shutil.disk_usage(folder).free)
    for file in choice.files:
        meter.work_on(file.name)
        download(source, file, folder, meter.add)
    meter.begin("verify", choice.size)
    for file in choice.files:
        meter.work_on(file.name)
        verify(folder / file.name, file, meter.add)
    meter.begin("import", choice.size)
    done = _put_in_place(wanted, choice, folder)
    shutil.rmtree(download_folder(wanted.name), ignore_errors=True)
    return done


def _look_inside(wanted: Wanted, path: Path) -> None:
    """What the smallest file says is known before the others are asked for. Raises HubError."""
    if path.name == CONFIG and not is_whisper(path.parent):
        raise HubError(
            f"{wanted.repository} holds a checkpoint that is no Whisper; others are converted "
            "first (docs/models.md), or look for the model as GGUF."
        )
    if path.name == MANIFEST_NAME:
        name = read_manifest(path.parent).name
        if installed_at(folder_name(name)) is not None:
            raise HubError(
                f"A model {name} is installed already; remove it first (`sightline models remove "
                f"{name}`) to install that of {wanted.repository}."
            )


def _put_in_place(wanted: Wanted, choice: Choice, folder: Path) -> Done:
    match choice.kind:
        case "bundle":
            bundle = import_folder(folder, into=models_folder())
        case "gguf":
            mmproj = folder / choice.mmproj.name if choice.mmproj else None
            model = join([folder / file.name for file in choice.models])
            bundle = import_gguf(model, mmproj, into=models_folder(), name=wanted.name)
            if wanted.entry is not None:
                # The files themselves often don't say either.
                terms, languages = wanted.entry.licence, wanted.entry.languages
                told = replace(bundle.manifest, licence=terms, languages=languages)
                save_manifest(bundle.path, told)
        case "whisper":
            target = models_folder() / wanted.name
            folder.replace(target)
            return Done(target, wanted.name)
    return Done(bundle.path, bundle.path.name)


def _folder(wanted: Wanted, repository: Repository) -> Path:
    """Where its files are gathered; what lies there of another commit is deleted."""
    folder = download_folder(wanted.name) / repository.commit
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder:
            shutil.rmtree(other)
    return folder


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Raises HubError where another program installs the same model."""
    folder = download_folder(name)
    lock = folder.with_name(f"{folder.name}.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout:
        raise HubError(f"{name} is being installed already; wait until that has ended.") from None
