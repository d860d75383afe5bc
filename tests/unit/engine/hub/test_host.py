"""Which host a download would ask: a person reads it before pressing Install."""

from __future__ import annotations

import pytest

from engine.hub.places import catalogue, host


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        (None, "huggingface.co"),
        ("", "huggingface.co"),
        ("https://hf-mirror.com", "hf-mirror.com"),
        ("http://localhost:8080/hub", "localhost"),
    ],
)
def test_the_hub_or_what_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, asked: str
) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    if endpoint is not None:
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
    assert host() == catalogue().host == asked
