"""`sightline models`: which bundles there are, what is in one, whether it is whole."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import Any

from engine import shelf
from engine.bundle import Manifest
from engine.errors import BundleError
from engine.plain import to_plain

_MB = 1e6


def list_models(options: Namespace) -> int:
    """A line for each bundle: name, version, size, senses, folder; the default one is marked.

    Then one for each Whisper. With `--json` everything of `engine.inventory`, with the memory that
    is free, as one object.
    """
    if options.json:
        from engine.survey import survey  # llama.cpp comes with it, for the GPUs

        print(json.dumps(to_plain(survey())))
        return 0
    found = shelf.installed()
    if not found:
        print("No model is installed.", file=sys.stderr)
    for bundle in found:
        mark = "*" if bundle.default else " "
        if bundle.manifest is None:
            print(f"{mark} {bundle.path.name}  can't be used: {bundle.error}")
        else:
            manifest = bundle.manifest
            size = f"{manifest.size / _MB:.0f} MB"
            facts = (manifest.name, manifest.version, size, _senses(manifest), str(bundle.path))
            print(mark, "  ".join(filter(None, facts)))
    for folder in shelf.whispers():
        print(f"  {folder.name}  writes speech down  {folder}")
    return 0


def show_model(options: Namespace) -> int:
    """What a bundle says about itself and what was measured on it, a line for each fact."""
    about = shelf.info(shelf.find(options.model))
    manifest = about.manifest
    facts: dict[str, Any] = {
        "name": manifest.name,
        "version": manifest.version,
        "licence": manifest.licence,
        "languages": ", ".join(manifest.languages),
        "folder": about.path,
        "size": f"{manifest.size / _MB:.1f} MB",
        "parts": ", ".join(f"{part} {size / _MB:.1f} MB" for part, size in about.parts.items()),
        "context": f"{manifest.context} tokens",
        "tasks": ", ".join(manifest.tasks),
        "boxes": manifest.dialect,
        "pictures": _eyes(about),
        "speech": _ears(about),
        "prompt": manifest.prompt.template,
    }
    for name, value in facts.items():
        print(f"{name:<10} {value}")
    for name, value in _flat("", about.evaluation or {}):
        print(f"measured   {name}: {value}")
    return 0


def verify_model(options: Namespace) -> int:
    """Every check of a bundle as it is done. Raises BundleError for the one that fails."""
    path = shelf.find(options.model)
    for result in shelf.verify(path):
        if result.error is not None:
            raise BundleError(result.error)
        print(f"{result.name}: fine", flush=True)
    print(f"{path} is whole.")
    return 0


def _eyes(about: shelf.BundleInfo) -> str:
    vision = about.manifest.vision
    if vision is None:
        return "as its mmproj.gguf takes them" if about.manifest.sees else "none"
    regions = f", up to {vision.regions.k} regions" if vision.regions else ""
    return f"{vision.side} x {vision.side} pixels, {vision.resize}{regions}"


def _ears(about: shelf.BundleInfo) -> str:
    speech = about.manifest.speech
    if speech is None:
        heard = about.manifest.hears
        return "as its mmproj.gguf takes it" if heard else "none; it is written down by a Whisper"
    longer = "refused" if speech.longer == "refuse" else "cut at pauses"
    return f"up to {speech.seconds:g} seconds, longer is {longer}"


def _senses(manifest: Manifest) -> str:
    """What it takes besides words; nothing where that is all."""
    senses = {"sees": manifest.sees, "hears": manifest.hears}
    return " and ".join(name for name, holds in senses.items() if holds)


def _flat(prefix: str, value: Any) -> list[tuple[str, object]]:
    """Nested objects as lines of `a.b.c: value`; lists by their length."""
    if isinstance(value, dict):
        return [item for k, v in value.items() for item in _flat(f"{prefix}.{k}".strip("."), v)]
    return [(prefix, f"{len(value)} values" if isinstance(value, list) else value)]
