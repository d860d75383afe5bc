"""What was encoded is not encoded again, nor kept for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from engine import kept
from engine.errors import InputError
from engine.kept import KeptRows
from engine.seams import Encoded, Rows

ROWS = np.zeros((2, 4), np.float32)


@dataclass
class Encoder:
    """Reads files and makes rows of them, and counts both."""

    rows: KeptRows = field(default_factory=lambda: KeptRows("model"))
    read: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def encode(self, path: Path) -> Encoded:
        return self.rows.of(path, self._read, self._make)

    def _read(self, path: Path) -> str:
        self.read.append(path.name)
        return path.read_text()

    def _make(self, content: str, key: str) -> Encoded:
        self.made.append(content)
        return Encoded(key, (Rows(ROWS),), None)


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    encoder, file = Encoder(), tmp_path / "a"
    file.write_text("cat")
    first = encoder.encode(file)
    assert encoder.encode(file) is first
    assert encoder.read == ["a"] and encoder.made == ["cat"]
    file.write_text("large cat")
    assert encoder.encode(file).key != first.key
    assert encoder.made == ["cat", "large cat"]


def test_the_same_content_elsewhere_is_known(tmp_path: Path) -> None:
    encoder = Encoder()
    for name in "ab":
        (tmp_path / name).write_text("cat")
    assert encoder.encode(tmp_path / "a") is encoder.encode(tmp_path / "b")
    assert encoder.made == ["cat"]


def test_a_key_is_of_one_model(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("cat")
    assert Encoder(KeptRows("other")).encode(file).key != Encoder().encode(file).key


def test_the_oldest_goes_where_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "CACHE_BYTES", 2 * ROWS.nbytes)
    encoder = Encoder()
    for name in "abacaab":
        (tmp_path / name).write_text(name)
        encoder.encode(tmp_path / name)
    assert encoder.made == ["a", "b", "c", "b"]


def test_a_file_that_goes_meanwhile_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("cat")

    def read(path: Path) -> str:
        path.unlink()
        return "cat"

    with pytest.raises(InputError, match=r"a can't be read \(No such file"):
        KeptRows("").of(file, read, lambda _content, key: Encoded(key, (), None))


def test_what_can_not_be_read_is_not_hashed(tmp_path: Path) -> None:
    def refuse(path: Path) -> str:
        raise InputError(f"{path.name} is no picture.")

    with pytest.raises(InputError, match=r"a is no picture"):
        KeptRows("").of(tmp_path / "a", refuse, lambda _content, key: Encoded(key, (), None))
