"""A process that answers one question about a picture and says how much memory that took."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.bench.question import answer_of, request, user
from engine.bundle import Bundle
from engine.engine import Engine

_MB = 1_000_000


def main(bundle: Path, picture: Path) -> None:
    """Prints one JSON object; megabytes."""
    with Engine.load(bundle) as engine:
        seen = picture if engine.info.sees else None
        answer_of(engine.answer(request(user("What is it?", seen))))
        cache = engine.cache_bytes
    weights = Bundle.open(bundle).manifest.size
    figures = {
        "peak_mb": _peak_bytes() / _MB,
        "weights_mb": weights / _MB,
        "cache_mb": cache / _MB,
    }
    print(json.dumps(figures))


def _peak_bytes() -> int:
    """The most memory that this process held."""
    if sys.platform == "linux":
        # Not getrusage's figure: that counts the process that started this one as well.
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(peak) * 1024
    import resource  # not on Windows, where this figure is left out

    peak_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_rss if sys.platform == "darwin" else peak_rss * 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
