"""`python -m app` opens the window."""

from __future__ import annotations

import sys

from app.start import start

if __name__ == "__main__":
    sys.exit(start(sys.argv[1:]))
