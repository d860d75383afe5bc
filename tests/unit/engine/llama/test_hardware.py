from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.llama import hardware


def write_cores(folder: Path, siblings: list[str]) -> None:
    for cpu, text in enumerate(siblings):
        topology = folder / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(text + "\n")


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's files")
@pytest.mark.parametrize(
    ("siblings", "allowed", "threads"),
    [
        (["0,2", "1,3", "0,2", "1,3"], {0, 1, 2, 3}, 2),
        (["0,2", "1,3", "0,2", "1,3"], {0, 2}, 1),
        (["0", "1", "2", "3"], {0, 1, 2, 3}, 4),
        ([], {0, 1}, 2),
    ],
)
def test_a_thread_for_each_core_that_may_be_used(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    siblings: list[str],
    allowed: set[int],
    threads: int,
) -> None:
    write_cores(tmp_path, siblings)
    monkeypatch.setattr(hardware, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(hardware, "_quota", lambda cpus: cpus)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: allowed)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert hardware.usable_threads() == threads


@pytest.mark.parametrize(("limit", "threads"), [("1", 1), ("3", 3), ("9", 4), ("0", 4), ("x", 4)])
def test_the_usual_variable_limits_the_threads(
    monkeypatch: pytest.MonkeyPatch, limit: str, threads: int
) -> None:
    monkeypatch.setattr(hardware, "_cores", lambda: 4)
    monkeypatch.setenv("OMP_NUM_THREADS", limit)
    assert hardware.usable_threads() == threads


@pytest.mark.parametrize(
    ("line", "cpus"), [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("", 8)]
)
def test_a_container_may_have_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, cpus: int
) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(line)
    monkeypatch.setattr(hardware, "_QUOTA", quota)
    assert hardware._quota(8) == cpus


def test_free_memory_is_what_the_kernel_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "meminfo"
    monkeypatch.setattr(hardware, "_MEMORY", path)
    assert hardware.free_memory() is None
    path.write_text("MemTotal:  9 kB\nMemFree:   2 kB\nMemAvailable:   5 kB\n")
    assert hardware.free_memory() == 5 * 1024
