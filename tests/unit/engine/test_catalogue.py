"""The catalogue: every entry can be read, and says what a person must know."""

from __future__ import annotations

import re

import pytest

from engine.catalogue import CONTEXT, Entry, RemoteFile, entries
from engine.hub.files import ALLOWED
from engine.inventory import PROGRAM


@pytest.mark.parametrize("name", entries())
def test_entry(name: str) -> None:
    entry = entries()[name]
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.repository)
    assert set(entry.purpose) == {"en", "zh"} and all(entry.purpose.values())
    assert entry.title and entry.licence and entry.languages and entry.senses and entry.revision
    assert 0.5e9 < entry.size < 10e9
    assert entry.memory >= entry.size
    for file in entry.files:
        assert file.name.endswith(ALLOWED)
        assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)
    if re.fullmatch("[0-9a-f]{40}", entry.revision):
        assert all(file.bytes and file.sha256 for file in entry.files)


def test_pairs_of_gguf() -> None:
    pairs = [entry for entry in entries().values() if entry.kind == "gguf"]
    for entry in pairs:
        language, mmproj = entry.files
        assert mmproj.name.startswith("mmproj-") and not language.name.startswith("mmproj-")
        assert entry.cache > 0


def test_something_for_every_need() -> None:
    found = entries().values()
    assert any(entry.points and "pictures" in entry.senses for entry in found)
    assert any({"pictures", "speech"} <= set(entry.senses) for entry in found)
    assert any(entry.kind == "whisper" for entry in found)


def entry(**facts: object) -> Entry:
    given = {
        "title": "T",
        "purpose": {},
        "kind": "gguf",
        "senses": (),
        "languages": (),
        "licence": "",
        "repository": "a/b",
        "revision": "main",
        "files": (RemoteFile(name="a.gguf", bytes=1000), RemoteFile(name="b.gguf")),
        **facts,
    }
    return Entry(**given)  # type: ignore[arg-type]


def test_memory() -> None:
    assert entry().size == 1000
    assert entry(cache=7).memory == 1000 + 7 * CONTEXT + PROGRAM
    assert entry(weights=5000).memory == 5000 + PROGRAM
    assert entry(kind="whisper").memory == 1000
