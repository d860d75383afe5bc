#!/usr/bin/env python3
"""Set-up of a checkout: `.venv` with everything in it; in `build/` the bundled model and a Whisper.

`make run` and `make test` call this first. What was done is remembered in stamp files, each
the hash of what it was made from, so that a second call returns at once. Standard library only:
it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
MODEL = ROOT / "build" / "sightline-mini"
WHISPER = ROOT / "build" / "whisper-tiny.en"
TRAINED = ROOT / "resources" / "models" / "sightline-mini"
CONSTRAINTS = ROOT / "constraints.txt"

# Library -> Debian's package. Qt and llama.cpp don't load without these, not even off-screen.
NEEDED = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# What Qt needs besides, to open a window under X11 or Wayland.
FOR_A_DISPLAY = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# What a microphone needs.
FOR_SOUND = {"libportaudio.so.2": "libportaudio2"}
# File -> Debian's package. A sound server that needs no sound card, and PortAudio's way to it: what
# the test talks into. Nobody else needs one.
FOR_TESTS = {
    "usr/bin/pulseaudio": "pulseaudio",
    "usr/bin/paplay": "pulseaudio-utils",
    "usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so": "libasound2-plugins",
}
# Any one of these compiles C++.
COMPILERS = ("c++", "g++", "clang++")


class SetUpError(Exception):
    """The set-up can't go on; the message says what to do."""


def say(text: str) -> None:
    """A line for the person, on standard error so that output can be piped."""
    sys.stderr.write(f"sightline: {text}\n")
    sys.stderr.flush()


def has_nvidia() -> bool:
    """Whether the driver shows an NVIDIA GPU (also under WSL)."""
    device = Path("/dev/nvidia0").exists() or Path("/dev/dxg").exists()
    return device and shutil.which("nvidia-smi") is not None


def backend() -> str:
    """What torch and llama.cpp are built for: "cuda", "metal" or "cpu"."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "metal"
    return "cuda" if has_nvidia() else "cpu"


def digest(paths: list[Path], *words: str) -> str:
    """One hash over the words and the files' names and bytes."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        total.update(path.read_bytes())
    return total.hexdigest()


def environment_key() -> str:
    sources = [Path(__file__).resolve(), ROOT / "pyproject.toml", CONSTRAINTS]
    return digest(sources, str(ROOT), backend())


def model_key() -> str:
    """Of the trained parts and the table of pretrained ones; not of the code that joins them."""
    trained = [path for path in TRAINED.rglob("*") if path.is_file()]
    return digest([*trained, ROOT / "training" / "parts.py"])


def whisper_key() -> str:
    """Of the table of pretrained parts and of the code that writes one of them anew."""
    training = ROOT / "training"
    written_by = [training / "convert" / name for name in ("ct2_reader.py", "speech.py")]
    return digest([training / "parts.py", *written_by])


def is_current(stamp: Path, key: str) -> bool:
    return stamp.is_file() and stamp.read_text() == key


def run(
    *words: str | Path, shown: bool = True, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout, its output shown or kept; the caller looks at the result."""
    return subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        capture_output=not shown,
        text=True,
        check=False,
    )


def call(step: str, *words: str | Path, variables: dict[str, str] | None = None) -> None:
    """Run a command that must succeed; a failure names the step."""
    if run(*words, variables=variables).returncode != 0:
        raise SetUpError(f"{step} failed (see above). Put that right and run the command again.")


def pip(step: str, *words: str | Path, variables: dict[str, str] | None = None) -> None:
    """Install with the locked versions."""
    install = (PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-c", CONSTRAINTS)
    call(step, *install, *words, variables=variables)


def apt_prefix() -> list[str] | None:
    """The words before `apt-get` where it needs no password, else None."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    return ["sudo", "-n"] if run("sudo", "-n", "true", shown=False).returncode == 0 else None


def apt_install(packages: list[str]) -> None:
    """Install these, where that needs no password; whoever asks looks what came of it."""
    prefix = apt_prefix() if packages else None
    if prefix is not None:
        say(f"installing system packages: {' '.join(packages)}")
        apt_get = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        run(*apt_get, "update", shown=False)
        run(*apt_get, "install", "-y", "--no-install-recommends", *packages, shown=False)


def missing_libraries(libraries: dict[str, str]) -> list[str]:
    """Debian packages of those libraries that the loader does not know."""
    ldconfig = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin")
    if ldconfig is None:
        return []
    known = run(ldconfig, "-p", shown=False).stdout
    names = {line.split()[0] for line in known.splitlines() if "=>" in line}
    return [package for library, package in libraries.items() if library not in names]


def missing_needed() -> list[str]:
    """Debian packages without which nothing works here."""
    missing = missing_libraries(NEEDED)
    if not any(shutil.which(compiler) for compiler in COMPILERS):
        missing.append("g++")
    # Debian keeps the part of Python that fills a new environment in a package of its own.
    if find_spec("ensurepip") is None:
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return missing


def missing_for_a_display() -> list[str]:
    """Debian packages without which no window opens, or one without letters."""
    has_font = any(Path("/usr/share/fonts").rglob("*.[to]tf"))
    return missing_libraries(FOR_A_DISPLAY) + ([] if has_font else ["fonts-dejavu-core"])


def install_system_packages() -> None:
    """What Qt, llama.cpp and Python need from the system: installed, or named in one line."""
    if not sys.platform.startswith("linux"):
        return
    apt_install(missing_needed() + missing_for_a_display() + missing_libraries(FOR_SOUND))
    way_out = "install with: sudo apt-get install"
    if needed := missing_needed():
        everything = " ".join(needed + missing_for_a_display() + missing_libraries(FOR_SOUND))
        raise SetUpError(f"system packages are missing; {way_out} {everything}")
    if wanted := missing_for_a_display():
        say(f"no window can be shown without these packages; {way_out} {' '.join(wanted)}")
    if wanted := missing_libraries(FOR_SOUND):
        say(f"no microphone can be used without this package; {way_out} {' '.join(wanted)}")


def missing_for_tests() -> list[str]:
    """Debian packages without which the test that talks is skipped."""
    files = FOR_TESTS.items()
    return [package for file, package in files if not any(Path("/").glob(file))]


def set_up_tests() -> None:
    """What the tests alone need from the system: tried once, and never in the way of the others."""
    key, stamp = environment_key(), VENV / "tests.stamp"
    if not sys.platform.startswith("linux") or is_current(stamp, key):
        return
    apt_install(missing_for_tests())
    if missing := missing_for_tests():
        way_out = f"install with: sudo apt-get install {' '.join(missing)}"
        say(f"the test that talks is skipped without these packages; {way_out}")
    stamp.write_text(key)


def install_torch(target: str) -> None:
    """Torch first and by itself: the index's plain Linux build brings gigabytes of CUDA."""
    pinned = pinned_version("torch")
    if installed_version("torch") == pinned:
        return
    plain = f"torch=={pinned}"
    if target != "cpu" or not sys.platform.startswith("linux"):
        pip("Installing torch", plain)
        return
    say("installing torch, the build for the CPU")
    install = (PYTHON, "-m", "pip", "install", "-q", "-c", CONSTRAINTS)
    if run(*install, f"{plain}+cpu", shown=False).returncode == 0:
        return
    # No index that is configured here has it. uv knows where PyTorch keeps its CPU builds.
    pip("Installing uv", "-q", "uv")
    uv = (BIN / "uv", "pip", "install", "--python", PYTHON, "--torch-backend", "cpu")
    if run(*uv, "-c", CONSTRAINTS, plain).returncode == 0:
        return
    say("no CPU build of torch can be had from here; the plain build is several gigabytes larger")
    pip("Installing torch", plain)


def install_llama(target: str) -> None:
    """Compile llama.cpp with its Python bindings, for the GPU where nvcc is there too.

    pip keeps the wheel that it built, so only the first time takes minutes. A wheel for CUDA is
    never taken from that store: it may have been built before there was a GPU.
    """
    pinned = pinned_version("llama-cpp-python")
    wants_cuda = target == "cuda" and shutil.which("nvcc") is not None
    if target == "cuda" and not wants_cuda:
        say("an NVIDIA GPU but no nvcc: llama.cpp is built for the CPU (install the CUDA toolkit)")
    if installed_version("llama-cpp-python") == pinned and not wants_cuda:
        return
    say("compiling llama.cpp: about five minutes on two cores, the first time only")
    wanted = f"llama-cpp-python=={pinned}"
    if wants_cuda:
        flags = os.environ.get("CMAKE_ARGS", "-DGGML_CUDA=on")
        fresh = ("--no-cache-dir", "--force-reinstall", "--no-deps")
        pip("Compiling llama.cpp for CUDA", *fresh, wanted, variables={"CMAKE_ARGS": flags})
    else:
        pip("Compiling llama.cpp", wanted)


def pinned_version(package: str) -> str:
    for line in CONSTRAINTS.read_text().splitlines():
        name, _, version = line.partition("==")
        if name.lower().replace("_", "-") == package:
            return version.strip()
    raise SetUpError(f"{CONSTRAINTS.name} has no version of {package}; add it.")


def installed_version(package: str) -> str | None:
    """The version in `.venv`, without a local suffix such as +cpu; None where it is not there."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    found = run(PYTHON, "-c", code, shown=False)
    return found.stdout.strip().partition("+")[0] if found.returncode == 0 else None


def is_usable() -> bool:
    """Whether `.venv` runs, has pip and was made in this very place."""
    if not PYTHON.exists():
        return False
    found = run(PYTHON, "-c", "import pip, sys; print(sys.prefix)", shown=False)
    return found.returncode == 0 and Path(found.stdout.strip()) == VENV


def set_up_environment() -> None:
    key, stamp = environment_key(), VENV / "set-up.stamp"
    if is_current(stamp, key):
        return
    target = backend()
    install_system_packages()
    if not is_usable():
        say(f"making {VENV.name} with Python {platform.python_version()}")
        call("Making the virtual environment", sys.executable, "-m", "venv", "--clear", VENV)
    install_torch(target)
    install_llama(target)
    say("installing everything else")
    pip("Installing the packages", "-q", "-e", f"{ROOT}[train,dev]")
    stamp.write_text(key)


def set_up_model(*, again: bool = False) -> None:
    """Fetch the pretrained parts, join the trained ones to them, and keep the bundle."""
    if not (TRAINED / "edition.json").exists():
        say("no trained parts in resources/models: there is no bundled model to put together")
        return
    key, stamp = model_key(), ROOT / "build" / "sightline-mini.stamp"
    if not again and is_current(stamp, key) and (MODEL / "bundle.json").exists():
        return
    say("putting the bundled model together (under three minutes)")
    call("Fetching the pretrained parts", PYTHON, "-m", "training", "parts", "fetch")
    words = ["force=true"] if again else []
    call("Building the bundled model", PYTHON, "-m", "training", "build", *words)
    stamp.write_text(key)


def set_up_whisper(*, again: bool = False) -> None:
    """Write the Whisper that hears for models without ears, in transformers' form."""
    key, stamp = whisper_key(), ROOT / "build" / "whisper-tiny.en.stamp"
    if not again and is_current(stamp, key) and (WHISPER / "config.json").exists():
        return
    say("writing the Whisper that comes with the program (half a minute)")
    call("Writing the Whisper", PYTHON, "-m", "training", "speech", f"out={WHISPER}")
    stamp.write_text(key)


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up this checkout; does nothing twice.")
    parser.add_argument("--no-model", action="store_true", help="the environment alone")
    parser.add_argument("--rebuild-model", action="store_true", help="put the model together anew")
    parser.add_argument("--tests", action="store_true", help="with what the tests alone need")
    options = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - this runs on whatever Python there is
        say(f"Python 3.11 or newer is needed, this is {platform.python_version()}.")
        return 1
    try:
        set_up_environment()
        if options.tests:
            set_up_tests()
        if not options.no_model:
            set_up_model(again=options.rebuild_model)
            set_up_whisper(again=options.rebuild_model)
    except SetUpError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
