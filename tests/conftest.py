"""What holds for every test: no display, no network, and the person's own folders left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from platformdirs import user_cache_path

# Read by Qt and by the libraries when they load, hence here, before any test is imported.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Threads that wait for each other on a busy machine are many times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The pretrained parts are large and checked on every use: tests share the person's.
os.environ.setdefault("SIGHTLINE_PARTS", str(user_cache_path("sightline") / "parts"))

pytest_plugins = ["tests.support.fixtures"]


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Data, settings and caches go to a folder of this run, in child processes too."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("DATA", "CONFIG", "CACHE", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        yield
