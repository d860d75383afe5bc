"""What a person may write to have a model installed."""

from __future__ import annotations

import pytest

from engine.catalogue import entries
from engine.errors import HubError
from engine.hub.wanted import Wanted, check_allowed, read_wanted


@pytest.mark.parametrize("name", entries())
def test_a_name_of_the_catalogue(name: str) -> None:
    wanted = read_wanted(name)
    entry = entries()[name]
    assert wanted == Wanted(
        name=name, repository=entry.repository, revision=entry.revision, entry=entry
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/Owl-GGUF", Wanted(name="owl", repository="a/Owl-GGUF", revision=None)),
        (
            "https://huggingface.co/a/owl/",
            Wanted(name="owl", repository="a/owl", revision=None),
        ),
        (
            "a/Owl-GGUF:Q8_0",
            Wanted(name="owl-q8_0", repository="a/Owl-GGUF", revision=None, part="Q8_0"),
        ),
        ("hf.co/a/owl", Wanted(name="owl", repository="a/owl", revision=None)),
        (
            "a/owl@v1.0:deep/Owl-F16.gguf",
            Wanted(name="owl-f16", repository="a/owl", revision="v1.0", part="deep/Owl-F16.gguf"),
        ),
    ],
)
def test_a_repository(text: str, expected: Wanted) -> None:
    assert read_wanted(text) == expected


@pytest.mark.parametrize("text", ["", "owl", "a/b/c", "../x", "a/b c", "http://example.org/a/b"])
def test_anything_else_is_explained(text: str) -> None:
    with pytest.raises(HubError, match=r"The catalogue has no .* qwen3-vl-4b.* owner/name"):
        read_wanted(text)


def test_what_the_person_forbids(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    check_allowed(offline=False)
    with pytest.raises(HubError, match="--offline forbids"):
        check_allowed(offline=True)
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "yes")
    with pytest.raises(HubError, match="TRANSFORMERS_OFFLINE forbids"):
        check_allowed(offline=False)
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "0")
    check_allowed(offline=False)
