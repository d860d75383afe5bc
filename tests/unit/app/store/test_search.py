"""Search over all words: titles, questions and answers, in any script."""

from __future__ import annotations

import pytest

from app.store.conversations import Conversations
from tests.unit.app.store.conftest import begin, turn


@pytest.fixture
def filled(store: Conversations) -> Conversations:
    cats = begin(store, "Whiskers and paws")
    store.add(cats, turn("a", "Where is the café?", "Behind the red house."))
    store.add(cats, turn("b", "And the dog?", "The dog sleeps.", parent="a"))
    dogs = begin(store, "Nothing else")
    store.add(dogs, turn("c", "这只猫在哪里", "在红色的房子后面"))
    return store


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("whiskers", ["Whiskers and paws"]),
        ("WHISK", ["Whiskers and paws"]),
        ("cafe", ["Whiskers and paws"]),
        ("red sleeps", ["Whiskers and paws"]),
        ("house paws", ["Whiskers and paws"]),
        ("hous paws", []),
        ("red elephant", []),
        ("房子", ["Nothing else"]),
        ("猫 红色", ["Nothing else"]),
        ("子房", []),
        ('"red', ["Whiskers and paws"]),
        ("dog OR (", []),
        ("*", []),
        ("", []),
    ],
)
def test_every_typed_word_is_found(filled: Conversations, typed: str, titles: list[str]) -> None:
    assert [found.title for found in filled.search(typed)] == titles


def test_the_place_of_the_hit_is_shown(filled: Conversations) -> None:
    assert "Behind the red house." in filled.search("red")[0].excerpt
    assert filled.search("房子")[0].excerpt == "这只猫在哪里 在红色的房子后面"
    assert filled.search("whiskers")[0].excerpt == ""
    assert "the café?" in filled.search("cafe")[0].excerpt


def test_a_long_text_is_cut_around_the_hit(store: Conversations) -> None:
    number = begin(store, "Long")
    store.add(number, turn("a", f"{'before ' * 30}whiskers{' after' * 30}"))
    found = store.search("whiskers")[0].excerpt
    assert found.startswith("…")
    assert found.endswith("…")
    assert "before whiskers after" in found
    assert len(found) < 100


def test_a_new_title_is_found_and_the_old_one_is_not(filled: Conversations) -> None:
    number = filled.search("whiskers")[0].number
    filled.rename(number, "The walk")
    assert filled.search("whiskers") == []
    assert [found.title for found in filled.search("walk")] == ["The walk"]
