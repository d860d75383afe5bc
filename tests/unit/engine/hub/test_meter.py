"""Rate and time left, by a clock of the test's."""

from __future__ import annotations

from engine.hub.meter import Meter
from engine.hub.progress import Progress


class Heard:
    """A meter whose time is set by hand, and what it told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.told: list[Progress] = []
        self.meter = Meter(self.told.append, now=lambda: self.now)

    def add(self, count: int, seconds: float) -> None:
        self.now += seconds
        self.meter.add(count)


def test_rate_and_time_left() -> None:
    heard = Heard()
    heard.meter.begin("download", 1000, done=200)
    assert heard.told == [Progress(stage="download", done=200, total=1000)]
    heard.meter.work_on("a.gguf")
    heard.add(100, 1.0)
    assert heard.told[-1] == Progress(
        stage="download", file="a.gguf", done=300, total=1000, rate=100.0, left_s=7.0
    )


def test_at_most_five_times_a_second() -> None:
    heard = Heard()
    heard.meter.begin("verify", 1000)
    for _ in range(100):
        heard.add(1, 0.01)
    assert len(heard.told) in (5, 6)
    assert sum(progress.stage == "verify" for progress in heard.told) == len(heard.told)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    heard = Heard()
    heard.meter.begin("download", 100_000)
    for _ in range(30):
        heard.add(1000, 1.0)
    for _ in range(20):
        heard.add(10, 1.0)
    assert heard.told[-1].rate == 10.0
    assert heard.told[-1].left_s == (100_000 - 30_200) / 10


def test_bytes_that_come_again() -> None:
    heard = Heard()
    heard.meter.begin("download", 1000)
    heard.add(500, 1.0)
    heard.add(-500, 1.0)
    assert (heard.told[-1].done, heard.told[-1].rate) == (0, None)
    heard.add(100, 1.0)
    assert (heard.told[-1].done, heard.told[-1].rate) == (100, 100.0)


def test_a_stage_begins_anew() -> None:
    heard = Heard()
    heard.meter.begin("download", 10)
    heard.meter.work_on("a")
    heard.add(10, 1.0)
    heard.meter.begin("verify", 10)
    assert heard.told[-1] == Progress(stage="verify", done=0, total=10)
