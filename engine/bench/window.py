"""The figures of the window, driven in a process of its own: the engine knows nothing of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from engine.bench.outside import BARE_WINDOW, run, seconds
from engine.bench.question import REPEATS, Figures

_WINDOW = [sys.executable, "-P", "-m", "app"]
_DRIVEN = [sys.executable, "-P", "-m", "app.bench"]


def figures(bundle: Path) -> Figures:
    """Everything; takes a few minutes, most of which make up conversations."""
    with TemporaryDirectory() as folder:
        none, many = Path(folder) / "none", Path(folder) / "many"
        settings = {"SIGHTLINE_SETTINGS": str(Path(folder) / "settings.toml")}
        run([*_DRIVEN, "fill", str(many)])
        shown = _shown({"none": none, "many": many}, settings)
        driven: Figures = json.loads(run([*_DRIVEN, "measure", str(many), "--bundle", str(bundle)]))
    return {**shown, **driven}


def _shown(folders: dict[str, Path], settings: dict[str, str]) -> Figures:
    """Seconds until the window is seen, with no conversation and with thousands, against a bare
    one; measured in turn."""
    bare: list[float] = []
    took: dict[str, list[float]] = {name: [] for name in folders}
    for _ in range(REPEATS):
        bare.append(seconds([sys.executable, "-c", BARE_WINDOW]))
        for name, folder in folders.items():
            told = {"SIGHTLINE_EXIT_ON_SHOWN": "1", "SIGHTLINE_DATA": str(folder), **settings}
            took[name].append(seconds(_WINDOW, **told))
    return {
        "bare_window_s": median(bare),
        "window_s": median(took["none"]),
        "window_with_conversations_s": median(took["many"]),
        "ratio": _ratio(took["none"], bare),
        "ratio_with_conversations": _ratio(took["many"], bare),
    }


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return median(one / other for one, other in zip(ours, theirs, strict=True))
