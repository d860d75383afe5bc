"""What the machine has: cores worth a thread each, and memory that is free."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_MEMORY = Path("/proc/meminfo")


def usable_threads() -> int:
    """Physical cores this process may run on; a second thread on a core slows llama.cpp down.

    The environment's OMP_NUM_THREADS sets a limit, as for torch: threads that wait for each other
    on a busy machine are many times slower than one.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    cores = _cores()
    return min(cores, int(wanted)) if wanted.isdigit() and int(wanted) else cores


def _cores() -> int:
    if sys.platform == "darwin":
        return _performance_cores() or max(1, (os.cpu_count() or 2) // 2)
    if sys.platform == "linux":
        allowed = os.sched_getaffinity(0)
        cores = {_siblings(cpu) for cpu in allowed}
        return max(1, min(len(cores), _quota(len(allowed))))
    return max(1, (os.cpu_count() or 2) // 2)


def free_memory() -> int | None:
    """Bytes that can be had without swapping, or None where the system does not say (not Linux)."""
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _siblings(cpu: int) -> str:
    """The hardware threads of this one's core, as the kernel lists them; unknown: it is alone."""
    path = _TOPOLOGY / f"cpu{cpu}/topology/thread_siblings_list"
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return str(cpu)


def _quota(cpus: int) -> int:
    """Whole processors that the container may use (cgroup v2), at most `cpus`."""
    try:
        share, period = _QUOTA.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return cpus
    return cpus if share == "max" else max(1, min(cpus, round(int(share) / int(period))))


def _performance_cores() -> int:
    """Fast cores of an Apple chip, 0 where unknown; the slow ones would hold the others up."""
    command = ["sysctl", "-n", "hw.perflevel0.physicalcpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.stdout.strip().isdigit() else 0
