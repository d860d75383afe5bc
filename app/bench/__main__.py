"""`python -m app.bench fill FOLDER` and `python -m app.bench measure FOLDER`, which prints JSON."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from pathlib import Path

from app.bench.filling import fill


def main() -> int:
    """Run a command; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app.bench", description=__doc__)
    parser.add_argument("command", choices=["fill", "measure"])
    parser.add_argument("folder", type=Path, help="the conversations' folder")
    parser.add_argument("--bundle", type=Path, help="the model to load; default: the bundled one")
    options = parser.parse_args()
    if options.command == "fill":
        fill(options.folder)
        return 0
    from app.bench.measuring import measure

    gc.freeze()  # as the program does
    print(json.dumps(measure(options.folder, options.bundle)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
