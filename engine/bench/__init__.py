"""`sightline bench`: how fast it is on this machine, as one JSON object.

Ratios compare two things measured in turn on the same machine, so that a busy machine slows both;
every figure is the median of several repeats.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from engine.bench import inside, outside, window
from engine.bench.question import Figures, make_picture
from engine.bundle import Bundle


def run_window(bundle_path: Path) -> Figures:
    """The figures of the window alone. Raises EngineError where it can't be run."""
    return {"window": window.figures(bundle_path)}


def run(bundle_path: Path) -> Figures:
    """Everything; takes a minute or two. Raises BundleError and ResourceError as loading does."""
    bundle = Bundle.open(bundle_path)
    with tempfile.TemporaryDirectory() as folder:
        picture = make_picture(Path(folder) / "picture.png")
        return {
            "bundle": bundle.manifest.name,
            "version": bundle.manifest.version,
            **inside.figures(bundle, picture),
            "process_boundary": outside.boundary(bundle_path),
            "start": outside.start(bundle_path),
            "memory": outside.memory(bundle_path, picture),
        }
