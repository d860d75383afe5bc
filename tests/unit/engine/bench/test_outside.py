from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.bench import outside
from engine.bench.question import make_picture
from engine.errors import EngineError


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "REPEATS", 1)


def test_the_boundary_is_crossed_once_a_token(tiny_bundle: Path) -> None:
    figures = outside.boundary(tiny_bundle)
    assert figures["in_process_ms"] > 0
    assert figures["added_ms"] == figures["engine_process_ms"] - figures["in_process_ms"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows counts memory another way")
def test_peak_memory_holds_at_least_the_weights(tiny_bundle: Path, tmp_path: Path) -> None:
    figures = outside.memory(tiny_bundle, make_picture(tmp_path / "p.png"))
    assert figures["peak_mb"] > figures["weights_mb"] + figures["cache_mb"] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's figure is right")
def test_peak_memory_is_not_that_of_who_measures(tiny_bundle: Path, tmp_path: Path) -> None:
    held = [b"x" * 1_000_000 for _ in range(800)]
    figures = outside.memory(tiny_bundle, make_picture(tmp_path / "p.png"))
    megabytes = len(held)
    assert figures["peak_mb"] < megabytes


def test_a_program_that_fails_is_named() -> None:
    with pytest.raises(EngineError, match=r"exit\(3\) failed: no luck"):
        outside.run(
            [sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); exit(3)"]
        )
