#!/usr/bin/env python3
"""A Debian package of the folder that PyInstaller made; `package.py` runs it.

System libraries that PyInstaller copied are left out again where a Debian package has them: the
package depends on that one, which gets its security updates. Which these are, dpkg says.
"""

from __future__ import annotations

import argparse
import filecmp
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINUX = ROOT / "packaging" / "linux"
PROGRAM = Path("usr/lib/sightline")
MAINTAINER = "Sightline maintainers <maintainers@sightline.invalid>"
# Opened by name while the program runs, so that no file says that it needs them.
OPENED_LATER = ("libEGL.so.1", "libGL.so.1", "libportaudio.so.2")
RECOMMENDED = "fonts-noto-cjk"  # the characters of the Chinese window
ICON_SIDES = (16, 24, 32, 48, 64, 128, 256)
_LIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)")
_NEEDED = re.compile(r"^\s*NEEDED\s+(\S+)$", re.MULTILINE)


def build(folder: Path, work: Path, *, version: str, icons: Path) -> Path:
    """Make the package of `folder` in `work`; gives its path. `icons` holds SIDE.png files."""
    root = work / "debian"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(folder, root / PROGRAM, symlinks=True)
    depends = depend_on_system(root / PROGRAM)
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/sightline").symlink_to("../lib/sightline/sightline")
    _desktop(root, icons)
    _control(root, version, depends)
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
    target = work / f"sightline_{version}_{_architecture()}.deb"
    # xz would take many times as long for a few percent.
    _run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z9", "--build", str(root), str(target))
    shutil.rmtree(root)
    return target


def depend_on_system(folder: Path) -> list[str]:
    """Leave out what Debian's packages have; gives what to depend on, sorted."""
    system = system_libraries()
    inside = {path.name for path in folder.rglob("*.so*")}
    packages = set()
    for library in sorted((folder / "_internal").glob("*.so*")):
        there = None if library.is_symlink() else system.get(library.name)
        # Only what was copied from there: Python's own library may be another build of that name.
        if there is not None and filecmp.cmp(library, there, shallow=False):
            library.unlink()
            packages |= owners(there)
            inside.discard(library.name)
    wanted, libc = set(OPENED_LATER), (0, 0)
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and _is_elf(path):
            facts = _run("objdump", "-p", str(path))
            wanted |= set(_NEEDED.findall(facts))
            versions = [(int(major), int(minor)) for major, minor in _LIBC.findall(facts)]
            libc = max([libc, *versions])
    for name in wanted - inside:
        packages |= owners(system[name]) if name in system else set()
    packages -= {"libc6"}
    return sorted([*packages, f"libc6 (>= {libc[0]}.{libc[1]})"])


def system_libraries() -> dict[str, Path]:
    """Where the loader finds each library here."""
    found: dict[str, Path] = {}
    for line in _run("/sbin/ldconfig", "-p").splitlines():
        name, _, path = line.strip().partition(" => ")
        if path:
            found.setdefault(name.split(" ")[0], Path(path))
    return found


def owners(library: Path) -> set[str]:
    """The Debian package that holds the library; none where it came otherwise."""
    for path in (library, library.resolve()):
        words = ["dpkg", "-S", str(path)]
        found = subprocess.run(words, capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return {found.stdout.partition(":")[0]}
    return set()


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _desktop(root: Path, icons: Path) -> None:
    """The entry in the menus, the icons, and the files that the program opens."""
    share = root / "usr/share"
    shared = {
        LINUX / "sightline.desktop": "applications/sightline.desktop",
        LINUX / "sightline.xml": "mime/packages/sightline.xml",
        ROOT / "resources/icons/sightline.svg": "icons/hicolor/scalable/apps/sightline.svg",
        ROOT / "README.md": "doc/sightline/README.md",
        **{
            icons / f"{side}.png": f"icons/hicolor/{side}x{side}/apps/sightline.png"
            for side in ICON_SIDES
        },
    }
    for source, target in shared.items():
        (share / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, share / target)


def _control(root: Path, version: str, depends: Iterable[str]) -> None:
    size = sum(path.lstat().st_size for path in root.rglob("*") if not path.is_dir())
    lines = {
        "Package": "sightline",
        "Version": version,
        "Architecture": _architecture(),
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size // 1024),
        "Depends": ", ".join(depends),
        "Recommends": RECOMMENDED,
        "Section": "graphics",
        "Priority": "optional",
        "Description": "private assistant that looks at a picture, answers and points\n"
        " Drop a picture, ask in words, and read the answer while boxes appear on the picture.\n"
        " Everything runs on this computer; the bundled model is in the package.",
    }
    (root / "DEBIAN").mkdir()
    control = "".join(f"{name}: {value}\n" for name, value in lines.items())
    (root / "DEBIAN/control").write_text(control, encoding="utf-8")


def _architecture() -> str:
    return _run("dpkg", "--print-architecture").strip()


def _run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the Debian package of a folder.")
    parser.add_argument("folder", type=Path, help="PyInstaller's")
    parser.add_argument("into", type=Path, help="where the package goes")
    parser.add_argument("--version", required=True)
    parser.add_argument("--icons", type=Path, required=True, help="a folder of SIDE.png files")
    given = parser.parse_args()
    print(build(given.folder, given.into, version=given.version, icons=given.icons))
    return 0


if __name__ == "__main__":
    sys.exit(main())
