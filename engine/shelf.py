"""The models of this machine: which there are, what is in them, whether they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.bundle import (
    Bundle,
    Manifest,
    default_bundle,
    default_whisper,
    models_folder,
    read_manifest,
)
from engine.bundle.checks import CHECKS, check_hashes
from engine.bundle.layers import read_object
from engine.bundle.manifest import MANIFEST_NAME
from engine.errors import BundleError, EngineError
from engine.rehearsal import rehearse


@dataclass(frozen=True, slots=True)
class Installed:
    """A bundle of this machine; `manifest` is None where it can't be read, and `error` says why."""

    path: Path
    default: bool
    manifest: Manifest | None
    error: str | None


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What `models info` shows: the manifest, bytes by part, the figures of its evaluation."""

    path: Path
    manifest: Manifest
    parts: dict[str, int]
    evaluation: Any


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check by its name; `error` None where it passed."""

    name: str
    error: str | None


def installed() -> tuple[Installed, ...]:
    """The default bundle first, then those in the models folder by name."""
    try:
        default: Path | None = default_bundle()
    except BundleError:
        default = None
    folders = [] if default is None else [default]
    # A Whisper may be installed beside the bundles.
    folders += [path for path in _folders() if path != default and not is_whisper(path)]
    return tuple(_look_at(folder, default=folder == default) for folder in folders)


def whispers() -> tuple[Path, ...]:
    """The installed Whispers, by name."""
    return tuple(filter(is_whisper, _folders()))


def is_whisper(folder: Path) -> bool:
    """Whether a Whisper in transformers' form lies there."""
    try:
        config = read_object(folder / "config.json")
    except BundleError:
        return False
    return config.get("model_type") == "whisper" and not (folder / MANIFEST_NAME).exists()


def installed_at(name: str) -> Path | None:
    """The folder in the models folder of what is installed by that name, bundle or Whisper."""
    folder = models_folder() / name
    there = (folder / MANIFEST_NAME).is_file() or is_whisper(folder)
    return folder if folder.parent == models_folder() and there else None


def own(name: str) -> Path | None:
    """The model of that name (its folder's or its own) in the models folder, whole or not."""
    for folder in _folders():
        if name == folder.name:
            return folder
    for folder in _folders():
        found = _look_at(folder, default=False).manifest
        if found is not None and name == found.name:
            return folder
    return None


def is_default(folder: Path) -> bool:
    """Whether it is the bundle that is used where none is named."""
    try:
        return default_bundle() == folder
    except BundleError:
        return False


def find_whisper(name: str) -> Path:
    """The folder of the Whisper that a person names: by a path, or by its name if it is installed.

    Raises BundleError that lists the installed ones where there is none.
    """
    if Path(name).is_dir():
        return Path(name)
    for folder in whispers():
        if folder.name == name:
            return folder
    names = ", ".join(folder.name for folder in whispers()) or "none"
    raise BundleError(f"There is no Whisper {name}; installed are: {names}.")


def best_whisper() -> Path:
    """The Whisper that writes speech down where none is named.

    The environment's SIGHTLINE_WHISPER, else the largest that the person installed, else the one
    that came with the program. Raises BundleError where there is none.
    """
    there = [] if os.environ.get("SIGHTLINE_WHISPER") else whispers()
    return max(there, key=_weight, default=None) or default_whisper()


def find(name: str | None) -> Path:
    """The folder of the bundle that a person names: by a path, or by its name if it is installed.

    None is the default. Raises BundleError that lists the installed ones where there is none.
    """
    if name is None:
        return default_bundle()
    if Path(name).is_dir():
        return Path(name)
    there = installed()
    for bundle in there:
        if bundle.manifest is not None and name in (bundle.manifest.name, bundle.path.name):
            return bundle.path
    names = ", ".join(bundle.path.name for bundle in there) or "none"
    raise BundleError(f"There is no bundle {name}; installed are: {names}.")


def info(path: Path) -> BundleInfo:
    """What is in the bundle at `path`. Raises BundleError where it can't be used."""
    bundle = Bundle.open(path)
    parts: dict[str, int] = {}
    for name, facts in bundle.manifest.files.items():
        part = name.partition("/")[0].partition(".")[0]
        parts[part] = parts.get(part, 0) + facts.bytes
    return BundleInfo(path, bundle.manifest, parts, bundle.evaluation())


def verify(path: Path) -> Iterator[CheckResult]:
    """Each check of the bundle as it is done: every byte hashed anew, in the end a full load.

    Ends after the first check that fails, since the later ones build on it.
    """
    manifest: Manifest | None = None
    for name in ("manifest", *CHECKS, "load"):
        try:
            if manifest is None:
                manifest = read_manifest(path)
            elif name == "load":
                rehearse(path)
            elif name == "hashes":
                check_hashes(path, manifest, fresh=True)
            else:
                CHECKS[name](path, manifest)
        except EngineError as error:
            yield CheckResult(name, str(error))
            return
        yield CheckResult(name, None)


def _folders() -> list[Path]:
    """What lies in the models folder, but for what is still being downloaded or put together."""
    if not models_folder().is_dir():
        return []
    return sorted(
        path
        for path in models_folder().iterdir()
        if path.is_dir() and not path.name.startswith(".")
    )


def _weight(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def _look_at(folder: Path, *, default: bool) -> Installed:
    try:
        return Installed(folder, default, read_manifest(folder), None)
    except BundleError as error:
        return Installed(folder, default, None, str(error))
