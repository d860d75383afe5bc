"""One file, from a source whose connections end as a test says; no network, no time."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.errors import HubError, ResourceError
from engine.hub.download import Interrupted, check_room, download, kept, verify
from engine.hub.files import HubFile

CONTENT = bytes(range(256)) * 40


def described(content: bytes = CONTENT, name: str = "a.gguf") -> HubFile:
    return HubFile(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


@dataclass
class Scripted:
    """Gives so many bytes a connection, then breaks off; with `ranges` False always from the start.

    `asked` are the first bytes that were asked for.
    """

    cuts: list[int] = field(default_factory=list)
    content: bytes = CONTENT
    ranges: bool = True
    asked: list[int] = field(default_factory=list)

    @contextmanager
    def open(self, file: HubFile, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
        self.asked.append(start)
        start = start if self.ranges else 0
        end = start + self.cuts.pop(0) if self.cuts else len(self.content)
        yield start, self._blocks(start, end)

    def _blocks(self, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, min(end, len(self.content)), 100):
            yield self.content[at : min(at + 100, end)]
        if end < len(self.content):
            raise Interrupted("the line went dead")


def fetch(
    source: Scripted, folder: Path, file: HubFile | None = None
) -> tuple[Path, int, list[float]]:
    """The path, the bytes that were counted, and how long it waited."""
    counted: list[int] = []
    waits: list[float] = []
    path = download(source, file or described(), folder, counted.append, pause=waits.append)
    return path, sum(counted), waits


def test_a_file_comes(tmp_path: Path) -> None:
    path, counted, waits = fetch(Scripted(), tmp_path / "new")
    assert path == tmp_path / "new" / "a.gguf" and path.read_bytes() == CONTENT
    assert (counted, waits) == (len(CONTENT), [])
    assert list(path.parent.iterdir()) == [path]


def test_it_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    source = Scripted(cuts=[1000, 0, 0, 2000])
    path, counted, waits = fetch(source, tmp_path)
    assert path.read_bytes() == CONTENT
    assert source.asked == [0, 1000, 1000, 1000, 3000]
    assert counted == len(CONTENT)
    assert waits == [1.0, 2.0, 4.0, 1.0]


def test_it_goes_on_with_what_an_earlier_try_left(tmp_path: Path) -> None:
    (tmp_path / "a.gguf.part").write_bytes(CONTENT[:5000])
    assert kept(described(), tmp_path) == 5000
    source = Scripted()
    path, counted, _ = fetch(source, tmp_path)
    assert path.read_bytes() == CONTENT
    assert (source.asked, counted) == ([5000], len(CONTENT) - 5000)
    assert kept(described(), tmp_path) == len(CONTENT)
    assert fetch(source, tmp_path)[1] == 0 and source.asked == [5000]


def test_a_server_that_knows_no_ranges(tmp_path: Path) -> None:
    source = Scripted(cuts=[1000], ranges=False)
    path, counted, _ = fetch(source, tmp_path)
    assert path.read_bytes() == CONTENT
    assert (source.asked, counted) == ([0, 1000], len(CONTENT))


def test_what_is_longer_than_the_file_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "a.gguf.part").write_bytes(b"x" * (len(CONTENT) + 1))
    assert kept(described(), tmp_path) == len(CONTENT)
    path, counted, _ = fetch(Scripted(content=CONTENT + b"more"), tmp_path)
    assert path.read_bytes() == CONTENT
    assert counted == 0  # all of it was counted as kept, and came again


def test_an_empty_file(tmp_path: Path) -> None:
    path, counted, _ = fetch(Scripted(content=b""), tmp_path, described(b"", "deep/a.txt"))
    assert (path.read_bytes(), counted) == (b"", 0)


def test_it_gives_up_when_nothing_comes(tmp_path: Path) -> None:
    source = Scripted(cuts=[700, *[0] * 20])
    with pytest.raises(HubError, match=r"a\.gguf could not be downloaded \(the line went dead\)"):
        fetch(source, tmp_path)
    assert source.asked == [0, *[700] * 6]
    assert kept(described(), tmp_path) == 700


def test_a_source_that_ends_early_without_a_word(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="the connection ended early"):
        fetch(Scripted(content=CONTENT[:300]), tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "a.gguf.part").symlink_to("/dev/full")
    with pytest.raises(ResourceError, match=f"The disk of {tmp_path} is full; make room"):
        fetch(Scripted(), tmp_path)


class _Raw:
    """A file on a disk that has `room` for so many bytes more, and says it as the system does."""

    def __init__(self, file: object, room: list[int]) -> None:
        self._file, self._room = file, room

    def __enter__(self) -> _Raw:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()  # type: ignore[attr-defined]

    def write(self, block: bytes) -> int:
        part = block[: self._room[0]]
        if not part:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._room[0] -= len(part)
        return int(self._file.write(part))  # type: ignore[attr-defined]


def test_a_disk_that_fills_up_keeps_what_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, real = [2050], Path.open

    def cramped(path: Path, mode: str = "r", *rest: object, **named: object) -> object:
        file = real(path, mode, *rest, **named)  # type: ignore[call-overload]
        return _Raw(file, room) if mode == "ab" else file

    monkeypatch.setattr(Path, "open", cramped)
    with pytest.raises(ResourceError, match="is full; make room and give the command again"):
        fetch(Scripted(), tmp_path)
    assert kept(described(), tmp_path) == 2050
    room[0] = 1 << 20
    source = Scripted()
    assert fetch(source, tmp_path)[0].read_bytes() == CONTENT
    assert source.asked == [2050]


def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.gguf.part").mkdir()
    with pytest.raises(ResourceError, match=r"a\.gguf can't be written"):
        fetch(Scripted(), tmp_path)


def test_verify(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(CONTENT)
    counted: list[int] = []
    verify(path, described(), counted.append)
    assert sum(counted) == len(CONTENT)
    # git hash-object of these bytes
    path.write_bytes(b"what is up, doc?")
    text = HubFile(name="a.txt", bytes=16, blob="bd9dbf5aae1a3862dd1526723246b20206e5fc37")
    verify(path, text, counted.append)
    assert path.exists()
    for wrong in (described(), HubFile(name="a.gguf", bytes=16, blob="0" * 40)):
        path.write_bytes(b"what is up, cat?")
        with pytest.raises(HubError, match=r"a\.gguf is damaged.*it was deleted"):
            verify(path, wrong, counted.append)
        assert not path.exists()


def test_room() -> None:
    check_room(Path("/m"), 10, free=10)
    with pytest.raises(ResourceError) as raised:
        check_room(Path("/m"), 3_000_000_000, free=500_000_000)
    assert str(raised.value) == (
        "The download needs 3.0 GB and the disk of /m has 500 MB free; make 2.5 GB of room, or "
        "choose a smaller model."
    )
