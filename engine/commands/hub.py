"""`sightline models catalogue`, `install` and `remove`: models by name, from the hub and away."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from engine.errors import BundleError, EngineError, HubError
from engine.hub.meter import Meter, Tell
from engine.hub.places import catalogue, downloaded, remove
from engine.hub.progress import Done, Failed, Progress, to_line
from engine.hub.wanted import Wanted, check_allowed, read_wanted
from engine.inventory import amount
from engine.plain import to_plain
from engine.shelf import installed_at, is_default, own

_DOING = {
    "check": "Asking the hub",
    "download": "Downloading",
    "verify": "Verifying",
    "import": "Putting in place",
}
_CLEAR = "\r\x1b[K"  # back to the line's beginning, and empty it


def show_catalogue(options: Namespace) -> int:
    """A line for each model of the catalogue: name, size, purpose; the installed are marked.

    With `--json` all of `engine.catalogue.Catalogue`, as one object.
    """
    found = catalogue()
    if options.json:
        print(json.dumps(to_plain(found)))
        return 0
    for offer in found.models:
        mark = "*" if offer.installed else " "
        facts = (f"{offer.name:24}", f"{amount(offer.size):>7}", offer.entry.purpose["en"])
        print(mark, "  ".join(facts))
    return 0


def install_model(options: Namespace) -> int:
    """Install by a name of the catalogue or a repository; says how far it is all the while.

    With `--json` by lines of `engine.hub.progress`, errors too; else for a person. Stopped by
    Ctrl+C or SIGTERM, it leaves what came for the next time.
    """
    try:
        with _stoppable():
            done = _install(read_wanted(options.model), options)
    except (EngineError, KeyboardInterrupt) as error:
        stopped = "Stopped; what was downloaded is kept, and the same command goes on with it."
        said = stopped if isinstance(error, KeyboardInterrupt) else str(error)
        if not options.json:
            raise HubError(said) from error
        print(to_line(Failed(said)), flush=True)
        return 1
    if options.json:
        print(to_line(done), flush=True)
    else:
        print(f"{done.name} is installed in {done.installed}.")
    return 0


def remove_model(options: Namespace) -> int:
    """Delete an installed model, or what was downloaded of one; asks first, unless `--yes`."""
    name = options.model
    folder = own(name) or downloaded(name)
    if folder is None:
        raise BundleError(
            f"There is no {name} in the models folder; `sightline models list` tells what there is."
        )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    what = f"{name} ({amount(size)}, {folder})"
    if is_default(folder):
        what += ", which is used where no model is named"
    if not options.yes:
        if not sys.stdin.isatty():
            raise BundleError(f"Say --yes to remove {what}.")
        if input(f"Remove {what}? [y/N] ").strip().lower() not in ("y", "yes"):
            return 1
    remove(folder)
    print(f"{name} was removed.")
    return 0


def _install(wanted: Wanted, options: Namespace) -> Done:
    there = installed_at(wanted.name)
    if there is not None:
        return Done(there, wanted.name)
    check_allowed(offline=options.offline)
    from engine.hub.install import install
    from engine.hub.repository import Hub  # huggingface_hub comes with it

    tell = _tell_json if options.json else _teller()
    try:
        return install(wanted, Hub(), Meter(tell))
    finally:
        if not options.json and sys.stderr.isatty():
            print(end=_CLEAR, file=sys.stderr, flush=True)


def _tell_json(progress: Progress) -> None:
    print(to_line(progress), flush=True)


def _teller() -> Tell:
    """One line of a terminal, which is written over; elsewhere a line for each stage."""
    stages: list[str] = []

    def tell(progress: Progress) -> None:
        if sys.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            print(end=f"{_CLEAR}{_in_words(progress)[:width]}", file=sys.stderr, flush=True)
        elif progress.stage not in stages:
            print(f"{_DOING[progress.stage]} ...", file=sys.stderr, flush=True)
        stages.append(progress.stage)

    return tell


def _in_words(progress: Progress) -> str:
    words = [_DOING[progress.stage]]
    if progress.total:
        words.append(f"{progress.done / progress.total:4.0%} of {amount(progress.total)}")
    if progress.rate:
        words.append(f"{amount(round(progress.rate))}/s")
    if progress.left_s is not None:
        minutes, seconds = divmod(round(progress.left_s), 60)
        words.append(f"{minutes}:{seconds:02} left")
    if progress.file:
        words.append(Path(progress.file).name)
    return "  ".join(words)


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM ends it as Ctrl+C does, and both do where whoever started it ignores them."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, stop) for one in signals]
    try:
        yield
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
