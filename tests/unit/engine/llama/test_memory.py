"""llama.cpp really out of memory, in a process that may not have more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import resource, sys
from pathlib import Path
from engine.errors import ResourceError
from engine.llama.decoder import LlamaDecoder

pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    LlamaDecoder(Path(sys.argv[1]), n_ctx=1024, threads=1)
except ResourceError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory the Linux way")
def test_a_model_for_which_there_is_no_memory(tiny_gguf: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tiny_gguf), "100000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"There is not enough memory for {tiny_gguf}; close programs or choose a smaller model.\n"
    )
