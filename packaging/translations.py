#!/usr/bin/env python3
"""Bring the window's translations up to date: `make translations`.

What lupdate finds in app/ goes into the .ts files, where Qt Linguist or an editor fills in what is
new; lrelease makes of them the .qm files that the window loads.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
BIN = Path(sys.executable).parent
# English needs the forms of words that depend on a number, and nothing else.
LANGUAGES: dict[str, list[str]] = {"zh_CN": [], "en": ["-pluralonly"]}
MARKS = ["-tr-function-alias", "translate+=marked"]


def update(folder: Path) -> None:
    """Bring the .ts files of a folder to what is in the source; what is gone from it goes."""
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "app").rglob("*.py"))
    for language, options in LANGUAGES.items():
        target = folder / f"sightline_{language}.ts"
        words = ["-silent", "-no-obsolete", "-locations", "none", "-source-language", "en"]
        _run("lupdate", *words, *MARKS, *options, *sources, "-ts", str(target))


def release(folder: Path, target: Path) -> None:
    """Make the .qm files in `target` of the .ts files in `folder`."""
    for language in LANGUAGES:
        name = f"sightline_{language}"
        _run("lrelease", "-silent", str(folder / f"{name}.ts"), "-qm", str(target / f"{name}.qm"))


def _run(tool: str, *words: str) -> None:
    subprocess.run([str(BIN / f"pyside6-{tool}"), *words], cwd=ROOT, check=True)


if __name__ == "__main__":
    update(FOLDER)
    release(FOLDER, FOLDER)
