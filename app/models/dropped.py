"""Files that are brought to the window, and what of a model is among them.

A projector's file is known by its name: llama.cpp's converter calls it `mmproj-...`, and who
publishes one keeps to that. The engine looks into the files when it imports them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.models.offer import bundle_of
from app.texts import marked, translate

SUFFIX = ".gguf"
_PROJECTOR = "mmproj"
# Weights in a form that has to be converted first.
_CHECKPOINTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".onnx")

_NO_MODEL = marked(
    "models", "There is no model in {name}: it holds neither a bundle.json nor a {suffix} file."
)
_CHECKPOINT = marked(
    "models",
    "{name} is a checkpoint for training, which can't answer as it is; bring a {suffix} file or a "
    "bundle, or convert it first (docs/training.md).",
)
_ALONE = marked(
    "models",
    "{name} is the projector of a model alone; bring the model's {suffix} file with it, or put "
    "both in one folder.",
)
_UNREADABLE = marked("models", "{name} can't be read: {reason}.")


class ModelError(ValueError):
    """What was brought is no model that can be imported; one sentence for the person."""


@dataclass(frozen=True, slots=True)
class Brought:
    """GGUF files to choose from: language `models`, the likeliest first, and `projectors` (none:
    the model takes words only)."""

    models: tuple[Path, ...]
    projectors: tuple[Path, ...]


def is_model(path: Path) -> bool:
    """Whether this is rather a model, good or not, than a picture."""
    inside = [path]
    if path.is_dir():
        with suppress(OSError):
            inside = list(path.iterdir())
    return any(_is_weights(file) for file in inside) or bundle_of(path) is not None


def brought(paths: Sequence[Path]) -> Brought:
    """What can be imported of these files and folders; beside one file its neighbours count, too.

    Raises ModelError where it is no model, or only a part of one.
    """
    try:
        files = [file for path in paths for file in _files(path)]
        given = [path for path in paths if path.is_file()]
        if len(given) == len(files) == 1:
            files += [file for file in _files(given[0].parent) if file != given[0]]
    except OSError as error:
        name = Path(error.filename).name
        broken = translate("models", _UNREADABLE)
        raise ModelError(broken.format(name=name, reason=error.strerror)) from error
    if not files:
        raise ModelError(_nothing(paths[0]))
    return _sorted(files, given)


def _files(path: Path) -> list[Path]:
    """The GGUF files that a folder holds, or the file itself if it is one."""
    found = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file for file in found if file.suffix.lower() == SUFFIX and file.is_file()]


def _sorted(files: list[Path], given: list[Path]) -> Brought:
    """Models and projectors apart; a model that the person has brought is the one that is meant."""
    projectors = [file for file in files if _PROJECTOR in file.name.lower()]
    models = [file for file in files if file not in projectors]
    models = [file for file in models if file in given] or models
    if not models:
        raise ModelError(translate("models", _ALONE).format(name=files[0].name, suffix=SUFFIX))
    if len(models) == len(given) == 2:
        # Brought together, and neither says what it is: the smaller one can only be the projector.
        models.sort(key=lambda file: -file.stat().st_size)
        projectors = [models.pop()]
    named = _words(models[0])
    projectors.sort(key=lambda file: (file not in given, -len(named & _words(file)), file.name))
    return Brought(tuple(models), tuple(projectors))


def _words(file: Path) -> set[str]:
    """The words of a file's name, by which a projector and its model are alike."""
    return set(re.split(r"[^a-z0-9]+", file.stem.lower()))


def _is_weights(file: Path) -> bool:
    return file.suffix.lower() in (SUFFIX, *_CHECKPOINTS)


def _nothing(path: Path) -> str:
    sentence = translate("models", _CHECKPOINT if is_model(path) else _NO_MODEL)
    return sentence.format(name=path.name, suffix=SUFFIX)
