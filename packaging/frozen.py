"""What the packaged program runs first: the command line, or one of the program's other processes.

There is no Python in a package to say `python -m engine.host` to; `engine.program.own_command` says
the same words to the program itself. Each process loads only what it needs, as in a checkout.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """Run what the words ask for; the exit status."""
    # On Windows the window has a program of its own, without a console to say anything on.
    is_window = Path(sys.executable).stem == "sightline-window"
    module, words = "app" if is_window else "engine.cli", sys.argv[1:]
    if words[:1] == ["-m"] and len(words) > 1:
        module, words = words[1], words[2:]
    match module:
        case "app":
            from app.start import start

            return start(words)
        case "engine.host":
            from engine.host import main as host

            return host(words)
        case "engine.cli":
            from engine.cli import main as command_line

            return command_line(words)
        case _:
            print(f"sightline: there is no {module} in a package.", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
