"""The engine process with a scripted engine: `python -m tests.support.scripted_host [--fail TEXT]`.

Speaks the real protocol through the real host; see `tests.support.scripted_engine` for what it
answers. It takes the real one's options, too, and says what it was told as what it runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.errors import BundleError
from engine.host import Answering, Host, claim_stdio, die_with_parent
from engine.protocol import Loading

COMMAND = [sys.executable, "-m", "tests.support.scripted_host"]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fail", help="fail to load, with this sentence")
    parser.add_argument("--bundle", type=Path, default=Path("scripted"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads")
    parser.add_argument("--context", type=int)
    parser.add_argument("--whisper", type=Path)
    options = parser.parse_args()
    die_with_parent()
    commands, events = claim_stdio()

    def load(told: Callable[[Loading], None]) -> Answering:
        told(Loading("Loading the scripted model", 0.5))
        if options.fail:
            raise BundleError(options.fail)
        from tests.support.scripted_engine import ScriptedEngine

        engine = ScriptedEngine()
        engine.info = replace(
            engine.info,
            name=options.bundle.name,
            bundle=options.bundle,
            device=options.device,
            context=options.context or engine.info.context,
        )
        return engine

    return Host(load, commands, events).run()


if __name__ == "__main__":
    sys.exit(main())
