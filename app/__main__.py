"""`python -m app` opens the window."""

from __future__ import annotations

import gc
import sys

if __name__ == "__main__":
    # Nothing made on the way to the window is garbage: it is not looked for until it is painted.
    gc.disable()
    from app.bootstrap import main

    sys.exit(main())
