"""`python -m app` opens the window."""

from __future__ import annotations

import gc
import sys

if __name__ == "__main__":
    # Nothing made on the way to the window is garbage: it is not looked for until it is painted.
    gc.disable()
    from app.start import start

    sys.exit(start(sys.argv[1:]))
