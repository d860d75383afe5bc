"""Attachments: one content, one file, named by its hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from time import time

import pytest

from app.store.attachments import Attachments
from app.store.errors import StoreError


@pytest.fixture
def attachments(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "attachments")


def test_the_same_content_is_kept_once_under_its_hash(
    attachments: Attachments, tmp_path: Path
) -> None:
    for name in ("one.JPG", "two.jpg"):
        (tmp_path / name).write_bytes(b"pixels")
    names = {attachments.keep(tmp_path / name) for name in ("one.JPG", "two.jpg")}
    assert names == {hashlib.sha256(b"pixels").hexdigest() + ".jpg"}
    (tmp_path / "one.JPG").unlink()
    kept = attachments.path(names.pop())
    assert kept.read_bytes() == b"pixels"
    assert list(kept.parent.iterdir()) == [kept]


def test_a_kept_file_is_known_by_its_name(attachments: Attachments, tmp_path: Path) -> None:
    source = tmp_path / "one.png"
    source.write_bytes(b"pixels")
    name = attachments.keep(source)
    assert attachments.name(attachments.path(name)) == name
    assert attachments.name(source) is None
    assert attachments.path(str(source)) == source


def test_what_a_killed_copy_left_goes(attachments: Attachments, tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(b"pixels")
    kept = attachments.path(attachments.keep(tmp_path / "one.png"))
    old, fresh = kept.with_suffix(".1.part"), kept.with_name(".2.part")
    for part in (old, fresh):
        part.write_bytes(b"pix")
    long_ago = time() - 7200
    for path in (old, kept):
        os.utime(path, (long_ago, long_ago))
    attachments.tidy()
    assert set(kept.parent.iterdir()) == {kept, fresh}


def test_only_kept_files_are_removed(attachments: Attachments, tmp_path: Path) -> None:
    source = tmp_path / "one.png"
    source.write_bytes(b"pixels")
    name = attachments.keep(source)
    for each in (name, name, str(source), "../one.png"):
        attachments.remove(each)
    assert source.exists()
    assert not attachments.path(name).exists()


def test_a_file_that_is_gone_is_said(attachments: Attachments, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.png can't be kept"):
        attachments.keep(tmp_path / "gone.png")
