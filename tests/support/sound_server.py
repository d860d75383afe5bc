"""A sound server of one's own, on a machine without a sound card: what is played is what is heard.

PulseAudio with one sink that leads nowhere; the monitor of that sink is the only microphone there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

PROGRAMS = ("pulseaudio", "paplay")
MICROPHONE = "pulse"
"""What PortAudio calls it, whatever else this machine has."""
_PATIENCE_S = 30.0


def missing() -> str:
    """Why there can be none on this machine, in a sentence; nothing where there can."""
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    if lacking:
        return f"{' and '.join(lacking)} are not installed; `make test` does that where it may."
    if not any(Path("/usr/lib").glob("**/libasound_module_pcm_pulse.so")):
        return "libasound2-plugins is not installed; `make test` does that where it may."
    return ""


@dataclass(frozen=True, slots=True)
class SoundServer:
    """One that runs. `environment` is what its clients need."""

    environment: dict[str, str]

    def play(self, path: Path) -> subprocess.Popen[bytes]:
        """Play a file; gives the program that does, which ends with it."""
        return subprocess.Popen(["paplay", str(path)], env=os.environ | self.environment)


@contextmanager
def sound_server(folder: Path) -> Iterator[SoundServer]:
    """Start one that keeps its things in the folder, and end it again."""
    environment = {
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_SERVER": f"unix:{folder / 'socket'}",
        "PULSE_COOKIE": str(folder / "cookie"),
    }
    words = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    modules = (
        f"module-native-protocol-unix auth-anonymous=1 socket={folder / 'socket'}",
        "module-null-sink sink_name=talk rate=48000",
    )
    with (folder / "pulseaudio.log").open("wb") as log:
        process = subprocess.Popen(
            [*words, *(f"--load={module}" for module in modules)],
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
        try:
            end = monotonic() + _PATIENCE_S
            while not (folder / "socket").exists():
                said = (folder / "pulseaudio.log").read_text()
                assert process.poll() is None and monotonic() < end, said
                sleep(0.05)
            yield SoundServer(environment)
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
