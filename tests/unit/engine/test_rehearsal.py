"""A bundle is tried in a process of its own, whatever that does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine import rehearsal
from engine.errors import BundleError
from engine.rehearsal import rehearse
from tests.support.scripted_host import COMMAND

OWL = Path("owl")


def _try(monkeypatch: pytest.MonkeyPatch, *command: str) -> None:
    monkeypatch.setattr(rehearsal, "host_command", lambda _path: list(command))
    rehearse(OWL)


def test_one_that_loads_and_answers_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    _try(monkeypatch, *COMMAND)


def test_why_it_can_not_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BundleError, match=r"^owl can't be loaded: There is no memory\.$"):
        _try(monkeypatch, *COMMAND, "--fail", "There is no memory.")


def test_one_that_ends_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BundleError, match=r"owl can't be loaded: .* with status 3"):
        _try(monkeypatch, sys.executable, "-c", "raise SystemExit(3)")


def test_one_that_says_nothing_any_more_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "SILENCE_S", 0.1)
    with pytest.raises(BundleError, match=r"^owl can't be loaded: llama\.cpp said nothing for"):
        _try(monkeypatch, sys.executable, "-c", "input()")
