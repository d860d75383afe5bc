"""Hashes are right, remembered, and computed anew as soon as a file was touched."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from engine.bundle.hashes import moved, sha256_of


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    return path


def spoil(place: Path) -> None:
    """Make every remembered hash wrong, so that a hash that comes out right was computed."""
    known = {path: [*entry[:-1], "wrong"] for path, entry in json.loads(place.read_text()).items()}
    place.write_text(json.dumps(known))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_remembered(weights: Path, own_cache: Path) -> None:
    assert sha256_of(weights) == digest(b"one")
    spoil(own_cache)
    assert sha256_of(weights) == "wrong"
    assert sha256_of(weights, fresh=True) == digest(b"one")
    assert sha256_of(weights) == digest(b"one")


def test_remembered_where_its_folder_moved_to(tmp_path: Path, own_cache: Path) -> None:
    before, after, other = tmp_path / "draft", tmp_path / "model", tmp_path / "other"
    (before / "deep").mkdir(parents=True)
    (before / "deep" / "weights").write_bytes(b"one")
    other.write_bytes(b"two")
    sha256_of(before / "deep" / "weights")
    sha256_of(other)
    before.rename(after)
    moved(before, after)
    spoil(own_cache)
    assert sha256_of(after / "deep" / "weights") == sha256_of(other) == "wrong"
    assert len(json.loads(own_cache.read_text())) == 2


def test_touched_file_is_read_again(weights: Path, own_cache: Path) -> None:
    before = weights.stat()
    sha256_of(weights)
    weights.write_bytes(b"two")
    # Size and time of modification as they were; the time of change can't be set.
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sha256_of(weights) == digest(b"two")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"x": 3}', '{"x": []}'])
def test_spoilt_memory_is_started_anew(weights: Path, own_cache: Path, content: str) -> None:
    own_cache.parent.mkdir()
    own_cache.write_text(content)
    assert sha256_of(weights) == digest(b"one")
    assert len(json.loads(own_cache.read_text())) == 1


def test_memory_that_can_not_be_written_costs_nothing(weights: Path, own_cache: Path) -> None:
    own_cache.parent.write_text("a file where the folder should be")
    assert sha256_of(weights) == digest(b"one")


def test_files_that_are_gone_are_forgotten(weights: Path, tmp_path: Path, own_cache: Path) -> None:
    sha256_of(weights)
    weights.unlink()
    other = tmp_path / "other"
    other.write_bytes(b"other")
    sha256_of(other)
    assert list(json.loads(own_cache.read_text())) == [str(other)]
