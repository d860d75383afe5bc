"""How far an installation is, in one line."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.models.steps import step_in_words
from engine.hub.progress import Progress
from tests.gui.conftest import in_language

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Progress(stage="check"), "Looking at what is needed"),
        (
            Progress(stage="verify", done=400_000_000, total=3 * GB),
            "Checking every byte · 400 MB of 3.0 GB",
        ),
        (
            Progress(stage="download", total=GB, rate=250_000.0, left_s=29.0),
            "Downloading · 0 MB of 1.0 GB · 250 kB a second · less than a minute left",
        ),
        (
            Progress(stage="download", total=GB, rate=12_400_000.0, left_s=89.0),
            "Downloading · 0 MB of 1.0 GB · 12 MB a second · about 1 minute left",
        ),
        (
            Progress(stage="import", done=GB, total=2 * GB, left_s=5400.0),
            "Putting it in place · 1.0 GB of 2.0 GB · about 90 minutes left",
        ),
        (
            Progress(stage="download", total=GB, left_s=7000.0),
            "Downloading · 0 MB of 1.0 GB · about 2 hours left",
        ),
    ],
)
def test_what_is_known_is_said(qapp: QApplication, step: Progress, said: str) -> None:
    with in_language(qapp, "en"):
        assert step_in_words(step) == said


def test_in_chinese(chinese: None) -> None:
    step = Progress(stage="download", done=GB, total=3 * GB, rate=2e6, left_s=1000.0)
    assert step_in_words(step) == "正在下载 · 1.0 GB / 3.0 GB · 每秒 2 MB · 剩余约 17 分钟"
