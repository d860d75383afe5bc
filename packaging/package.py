#!/usr/bin/env python3
"""The program as one folder and as what this system installs: `make package`.

PyInstaller makes the folder, with the bundled model and a Whisper in it (`sightline.spec`). On
Debian and its kin a .deb is made of it, on Windows an installer by Inno Setup, on macOS a disk
image; the last two were written from their tools' manuals and were not run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SIDES = (16, 24, 32, 48, 64, 128, 256, 512, 1024)
# What is told by its own line in the report of sizes.
PARTS = ("torch", "transformers", "PySide6", "llama_cpp", "numpy", "build", "resources")


def draw_icons(target: Path) -> None:
    """The icon as SIDE.png files, and in the forms of Windows and macOS."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    target.mkdir(parents=True, exist_ok=True)
    renderer = QSvgRenderer(str(ROOT / "resources" / "icons" / "sightline.svg"))
    for side in SIDES:
        image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        image.save(str(target / f"{side}.png"))
    with Image.open(target / "1024.png") as largest:
        largest.save(
            target / "sightline.ico", sizes=[(side, side) for side in SIDES if side <= 256]
        )
        largest.save(target / "sightline.icns")


def freeze(work: Path) -> Path:
    """Run PyInstaller; gives the folder of the program."""
    words = ["--noconfirm", "--log-level", "WARN"]
    folders = ["--workpath", str(work / "work"), "--distpath", str(work)]
    script = str(ROOT / "packaging" / "sightline.spec")
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", *words, *folders, script],
        check=True,
        env={**os.environ, "SIGHTLINE_ICONS": str(work / "icons")},
    )
    return work / "sightline"


def sizes(folder: Path) -> dict[str, int]:
    """Bytes by part, largest first; "the rest" is Python and everything small."""
    found: dict[str, int] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            part = path.relative_to(folder).parts[1:2] or ("",)
            name = part[0] if part[0] in PARTS else "the rest"
            found[name] = found.get(name, 0) + path.stat().st_size
    named = {"build": "the models", "resources": "examples, translations"}
    in_order = sorted(found.items(), key=lambda item: -item[1])
    return {named.get(name, name): size for name, size in in_order}


def installer(folder: Path, work: Path, version: str) -> Path | None:
    """What this system installs the folder from; None where it knows nothing of the kind."""
    if sys.platform == "win32":
        script = ROOT / "packaging" / "windows" / "sightline.iss"
        words = [f"/DVersion={version}", f"/DFolder={folder}", f"/O{work}", str(script)]
        subprocess.run(["iscc", *words], check=True)
        return work / f"sightline-{version}-setup.exe"
    if sys.platform == "darwin":
        image = work / f"sightline-{version}.dmg"
        script = ROOT / "packaging" / "macos" / "image.sh"
        subprocess.run(["sh", str(script), str(work / "Sightline.app"), str(image)], check=True)
        return image
    if shutil.which("dpkg-deb"):
        script = ROOT / "packaging" / "debian.py"
        words = [str(folder), str(work), "--version", version, "--icons", str(work / "icons")]
        made = subprocess.run(
            [sys.executable, str(script), *words], check=True, stdout=subprocess.PIPE, text=True
        )
        return Path(made.stdout.strip())
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the program's package for this system.")
    default = ROOT / "build" / "package"
    parser.add_argument("--into", type=Path, default=default, metavar="DIR", help="where to")
    work: Path = parser.parse_args().into.absolute()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    work.mkdir(parents=True, exist_ok=True)
    draw_icons(work / "icons")
    folder = freeze(work)
    made = installer(folder, work, project["version"])
    for name, size in sizes(folder).items():
        print(f"{size / 1e6:8.1f} MB  {name}")
    print(f"{sum(sizes(folder).values()) / 1e6:8.1f} MB  in {folder}")
    if made is not None:
        print(f"{made.stat().st_size / 1e6:8.1f} MB  in {made}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
