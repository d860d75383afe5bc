"""Finds out which models this machine has and what each would take; nothing of them is loaded."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

from engine.bundle import Bundle, Manifest
from engine.bundle.checks import LANGUAGE_MODEL, PROJECTOR, VISION_WEIGHTS
from engine.bundle.headers import read_gguf_header, read_shapes
from engine.bundle.mmproj import MMPROJ
from engine.bundle.speech import ADAPTOR, SPEECH_WEIGHTS
from engine.errors import BundleError
from engine.inventory import Inventory, Measured, ModelFacts
from engine.llama.hardware import free_memory
from engine.llama.native import gpus
from engine.shelf import Installed, installed

_FLOAT32 = 4  # bytes; the encoders compute in it, whatever their files hold


def survey() -> Inventory:
    """The installed models, the memory that is free, and the GPUs that llama.cpp would use."""
    return Inventory(tuple(_facts(bundle) for bundle in installed()), free_memory(), gpus())


def _facts(found: Installed) -> ModelFacts:
    path, manifest = found.path, found.manifest
    if manifest is None:
        return ModelFacts(path=path, default=found.default, name=path.name, error=found.error)
    try:
        header = read_gguf_header(path / LANGUAGE_MODEL)
        seeing = (VISION_WEIGHTS, PROJECTOR) if manifest.vision else ()
        hearing = (SPEECH_WEIGHTS, ADAPTOR) if manifest.speech else ()
        return ModelFacts(
            path=path,
            default=found.default,
            name=manifest.name,
            version=manifest.version,
            licence=manifest.licence,
            size=manifest.size,
            languages=manifest.languages,
            tasks=manifest.tasks,
            context=manifest.context,
            weights=manifest.files[LANGUAGE_MODEL].bytes,
            encoders=sum(_numbers(path / part) for part in (*seeing, *hearing)) * _FLOAT32
            + (manifest.files[MMPROJ].bytes if manifest.mmproj else 0),
            cache=header.cache_bytes_per_token,
            sees=manifest.sees,
            hears=manifest.hears,
            measured=_measured(path, manifest),
        )
    except (BundleError, KeyError) as error:
        said = str(error) if isinstance(error, BundleError) else f"{path}: {error} is missing."
        return ModelFacts(path=path, default=found.default, name=manifest.name, error=said)


def _numbers(path: Path) -> int:
    return sum(prod(shape) for shape in read_shapes(path).values())


def _measured(path: Path, manifest: Manifest) -> tuple[Measured, ...]:
    """The figures of the bundle's evaluation; none of a form that is not known."""
    evaluation = Bundle(path, manifest).evaluation()
    rows = evaluation.get("results", ()) if isinstance(evaluation, dict) else ()
    return tuple(_figure(row) for row in rows if isinstance(row, dict) and "value" in row)


def _figure(row: dict[str, Any]) -> Measured:
    return Measured(
        name=str(row.get("name", "")),
        pictures=str(row.get("pictures", "")),
        figure=str(row.get("figure", "")),
        value=float(row["value"]),
        n=int(row.get("n", 0)),
    )
