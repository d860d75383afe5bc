from __future__ import annotations

import pytest

from training.evaluate.word_errors import normalized, word_errors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is the red apple?", "where is the red  apple"),
        ("Twenty-two dogs, one cat", "22 dogs 1 cat"),
        ("I don't know what's there.", "i do not know what is there"),
        ("[refer] the dog", "um the dog"),
        ("他说 你好。", "他说你好"),
    ],
)
def test_one_thing_is_written_in_one_way(one: str, other: str) -> None:
    assert normalized(one) == normalized(other) != ""


def test_words_that_differ_stay_different() -> None:
    assert normalized("the red apple") != normalized("a red apple")
    assert normalized("?!") == ""


def test_errors_are_counted_over_all_texts() -> None:
    """By hand: "big" for "red", "dog" left out, "too" put in: 3 errors in 7 words."""
    said = ["The red apple", "a dog", "two cats"]
    heard = ["the big apple.", "a", "2 cats too"]
    assert word_errors(said, heard) == {
        "word error rate": pytest.approx(3 / 7),
        "words": 7,
        "substituted": 1,
        "left out": 1,
        "put in": 1,
    }


def test_nothing_heard_is_every_word_wrong() -> None:
    assert word_errors(["the dog", "..."], ["", "what"])["word error rate"] == 1.0
    assert word_errors([], []) == {"word error rate": 0.0, "words": 0}


def test_chinese_is_counted_by_characters() -> None:
    assert word_errors(["购买力下降"], ["购买力上升"])["word error rate"] == pytest.approx(2 / 5)
