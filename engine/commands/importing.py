"""`sightline models import`: files that are on this machine become a model of the program's."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from engine.bundle import Bundle, models_folder
from engine.bundle.importing import Told, import_folder, import_gguf, unheard
from engine.commands.stopping import stoppable
from engine.errors import BundleError, InputError
from engine.hub.meter import Meter
from engine.hub.progress import Done, Failed, Line, to_line

_FAILED = 1


def import_model(options: Namespace) -> int:
    """Imports a GGUF, with its mmproj file if it has one, or what is in a folder; says where to.

    With `--json` by lines of `engine.hub.progress`, as an installation does. SIGTERM and Ctrl+C
    leave nothing behind. Raises InputError where it is not said what to import, BundleError where
    that can't be used.
    """
    told = Meter(_tell).follow("import") if options.json else unheard
    try:
        with stoppable():
            bundle = _imported(options, told)
    except BundleError as error:
        if not options.json:
            raise
        _tell(Failed(str(error)))
        return _FAILED
    name = bundle.manifest.name
    if options.json:
        _tell(Done(bundle.path, name))
    else:
        print(f"{name} is installed in {bundle.path}.")
    return 0


def _imported(options: Namespace, told: Told) -> Bundle:
    given: list[Path] = [file for file in (options.path, options.gguf) if file is not None]
    if len(given) != 1:
        raise InputError("Name one thing to import: a folder, a GGUF file, or --gguf FILE.")
    [gguf], into = given, models_folder()
    if not gguf.is_dir():
        return import_gguf(gguf, options.mmproj, into=into, name=options.name, told=told)
    if options.mmproj is not None or options.name is not None:
        raise InputError(f"{gguf} is a folder; --mmproj and --name go with a GGUF file.")
    return import_folder(gguf, into=into, told=told)


def _tell(line: Line) -> None:
    print(to_line(line), flush=True)
