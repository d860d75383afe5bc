"""`sightline models import`: files that are on this machine become a model of the program's."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from engine.bundle import Bundle, models_folder
from engine.bundle.importing import import_folder, import_gguf
from engine.errors import BundleError, InputError

_FAILED = 1


def import_model(options: Namespace) -> int:
    """Imports a GGUF, with its mmproj file if it has one, or what is in a folder; says where to.

    With `--json` one object: `{"installed": folder, "name": name}` or `{"error": sentence}`. Raises
    InputError where it is not said what to import, BundleError where that can't be used.
    """
    try:
        bundle = _imported(options)
    except BundleError as error:
        if not options.json:
            raise
        print(json.dumps({"error": str(error)}))
        return _FAILED
    name = bundle.manifest.name
    if options.json:
        print(json.dumps({"installed": str(bundle.path), "name": name}))
    else:
        print(f"{name} is installed in {bundle.path}.")
    return 0


def _imported(options: Namespace) -> Bundle:
    named: list[Path] = [path for path in (options.path, options.gguf) if path is not None]
    if len(named) != 1:
        raise InputError("Name one thing to import: a folder, a GGUF file, or --gguf FILE.")
    (path,) = named
    if not path.is_dir():
        return import_gguf(path, options.mmproj, into=models_folder(), name=options.name)
    if options.mmproj is not None or options.name is not None:
        raise InputError(f"{path} is a folder; --mmproj and --name go with a GGUF file.")
    return import_folder(path, into=models_folder())
